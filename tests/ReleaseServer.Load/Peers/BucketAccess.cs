namespace ReleaseServer.Load.Peers;

/// <summary>How the bucket of a run is reached. Anyone may read it: nginx does not sign.</summary>
internal sealed record BucketAccess(Uri Endpoint, string Name, string Region, string AccessKey, string SecretKey)
{
    public IEnumerable<string> Settings =>
    [
        "--Bucket:Kind=s3",
        $"--Bucket:Endpoint={Endpoint.GetLeftPart(UriPartial.Authority)}",
        $"--Bucket:Name={Name}",
        $"--Bucket:Region={Region}",
        $"--Bucket:AccessKey={AccessKey}",
        $"--Bucket:SecretKey={SecretKey}",
    ];
}
