using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace ReleaseServer.Load.Peers;

/// <summary>A new bucket of the S3 service that the environment names, as <c>tests/s3/start-rgw.sh</c> prints it.</summary>
internal static class RealBucket
{
    private const int ParallelUploads = 8;

    public static BucketAccess FromEnvironment() => new(
        new Uri(Variable("RELEASESERVER_TEST_S3_ENDPOINT")),
        $"load-{Guid.NewGuid():N}",
        Environment.GetEnvironmentVariable("RELEASESERVER_TEST_S3_REGION") ?? "us-east-1",
        Variable("RELEASESERVER_TEST_S3_ACCESS_KEY"),
        Variable("RELEASESERVER_TEST_S3_SECRET_KEY"));

    /// <summary>Makes the bucket and puts a folder into it, for everyone to read: nginx does not sign.</summary>
    public static async Task UploadAsync(BucketAccess bucket, string folder, CancellationToken cancellationToken)
    {
        using var s3 = new AmazonS3Client(
            new BasicAWSCredentials(bucket.AccessKey, bucket.SecretKey),
            new AmazonS3Config
            {
                ServiceURL = bucket.Endpoint.AbsoluteUri,
                ForcePathStyle = true,
                AuthenticationRegion = bucket.Region,
                // Older gateways know no checksum behind the body.
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
                ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            });
        await s3.PutBucketAsync(new PutBucketRequest { BucketName = bucket.Name }, cancellationToken);
        await Parallel.ForEachAsync(
            Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories),
            new ParallelOptions { MaxDegreeOfParallelism = ParallelUploads, CancellationToken = cancellationToken },
            async (path, token) =>
            {
                var upload = new PutObjectRequest
                {
                    BucketName = bucket.Name,
                    Key = Path.GetRelativePath(folder, path),
                    FilePath = path,
                    CannedACL = S3CannedACL.PublicRead,
                    UseChunkEncoding = false,
                };
                await s3.PutObjectAsync(upload, token);
            });
    }

    private static string Variable(string name) =>
        Environment.GetEnvironmentVariable(name) ?? throw new ArgumentException($"{name} is not set; tests/s3/start-rgw.sh prints it");
}
