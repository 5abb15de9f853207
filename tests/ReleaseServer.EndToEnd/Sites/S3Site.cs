using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ReleaseServer.EndToEnd.Processes;

namespace ReleaseServer.EndToEnd.Sites;

/// <summary>Our server on a bucket of a real S3 service, which the environment names.</summary>
public sealed class S3Site : ReleaseSite
{
    private const int ParallelUploads = 8;
    private readonly string _bucket = $"e2e-{Guid.NewGuid():N}";
    private ServerProcess? _server;

    protected override async Task<Uri> StartAsync()
    {
        var endpoint = Requirement.Variable("RELEASESERVER_TEST_S3_ENDPOINT");
        var accessKey = Requirement.Variable("RELEASESERVER_TEST_S3_ACCESS_KEY");
        var secretKey = Requirement.Variable("RELEASESERVER_TEST_S3_SECRET_KEY");
        var region = Environment.GetEnvironmentVariable("RELEASESERVER_TEST_S3_REGION") ?? "us-east-1";
        using var s3 = new AmazonS3Client(
            new BasicAWSCredentials(accessKey, secretKey),
            new AmazonS3Config
            {
                ServiceURL = endpoint,
                ForcePathStyle = true,
                AuthenticationRegion = region,
                // Older gateways know no checksum behind the body.
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
                ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            });
        await UploadAsync(s3, await ReleaseTree.GetAsync());

        string[] settings =
        [
            "--Bucket:Kind=s3",
            $"--Bucket:Endpoint={endpoint}",
            $"--Bucket:Name={_bucket}",
            $"--Bucket:Region={region}",
            $"--Bucket:AccessKey={accessKey}",
            $"--Bucket:SecretKey={secretKey}",
        ];
        (await ServerProcess.RunAsync("links", Home, settings)).Expect(0);
        (await ServerProcess.RunAsync("catalog", Home, settings)).Expect(0);
        _server = await ServerProcess.StartAsync(Home, settings);
        return _server.BaseAddress;
    }

    protected override ValueTask StopAsync() => _server?.DisposeAsync() ?? default;

    // By the SDK and not by the server's own writer: as a release job would, with the file's date in the metadata "mtime".
    private async Task UploadAsync(AmazonS3Client s3, string folder)
    {
        await s3.PutBucketAsync(_bucket);
        await Parallel.ForEachAsync(
            Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories),
            new ParallelOptions { MaxDegreeOfParallelism = ParallelUploads },
            async (path, cancellationToken) =>
            {
                var upload = new PutObjectRequest
                {
                    BucketName = _bucket,
                    Key = Path.GetRelativePath(folder, path),
                    FilePath = path,
                    ContentType = ReleaseTree.MediaTypeOf(path),
                    UseChunkEncoding = false,
                };
                upload.Metadata["mtime"] = ReleaseTree.FormatMtime(File.GetLastWriteTimeUtc(path));
                await s3.PutObjectAsync(upload, cancellationToken);
            });
    }
}

[CollectionDefinition(nameof(S3Site))]
public sealed class S3SiteTests : ICollectionFixture<S3Site>;
