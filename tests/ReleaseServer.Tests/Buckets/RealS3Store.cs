using ReleaseServer.Buckets;

namespace ReleaseServer.Tests.Buckets;

/// <summary>The S3 store that the environment names.</summary>
internal static class RealS3Store
{
    private const string Prefix = "RELEASESERVER_TEST_";

    /// <summary>Options for a bucket there. Without a store the test is skipped, or fails where <c>RELEASESERVER_TEST_STRICT</c> is 1.</summary>
    public static BucketOptions Require(string bucket)
    {
        const string Reason = Prefix + "S3_ENDPOINT is not set: no S3 store to test with (tests/s3/start-rgw.sh starts one)";
        var endpoint = Environment.GetEnvironmentVariable(Prefix + "S3_ENDPOINT");
        if (string.IsNullOrEmpty(endpoint))
        {
            if (Environment.GetEnvironmentVariable(Prefix + "STRICT") == "1")
            {
                Assert.Fail(Reason);
            }

            Assert.Skip(Reason);
        }

        return new BucketOptions
        {
            Kind = BucketKind.S3,
            Endpoint = new Uri(endpoint),
            Name = bucket,
            Region = Environment.GetEnvironmentVariable(Prefix + "S3_REGION") ?? "us-east-1",
            AccessKey = Environment.GetEnvironmentVariable(Prefix + "S3_ACCESS_KEY"),
            SecretKey = Environment.GetEnvironmentVariable(Prefix + "S3_SECRET_KEY"),
            // A store under test shares the machine with the rest of the tests.
            AttemptTimeout = TimeSpan.FromSeconds(30),
        };
    }
}
