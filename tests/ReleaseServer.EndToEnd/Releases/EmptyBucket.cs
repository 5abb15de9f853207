using ReleaseServer.Buckets;
using ReleaseServer.EndToEnd.Processes;

namespace ReleaseServer.EndToEnd.Releases;

/// <summary>Makes buckets that the built program and a test reach alike.</summary>
internal static class EmptyBucket
{
    /// <param name="home">The folder is made in it.</param>
    public static ValueTask<BucketOptions> InFolderAsync(string home)
    {
        var path = Path.Combine(home, "bucket");
        Directory.CreateDirectory(path);
        return ValueTask.FromResult(new BucketOptions { Path = path });
    }

    /// <summary>In a real S3 service, which the environment names.</summary>
    public static ValueTask<BucketOptions> InStoreAsync(string home) => InStoreAsync(
        new Uri(Requirement.Variable("RELEASESERVER_TEST_S3_ENDPOINT")),
        Requirement.Variable("RELEASESERVER_TEST_S3_ACCESS_KEY"),
        Requirement.Variable("RELEASESERVER_TEST_S3_SECRET_KEY"),
        Environment.GetEnvironmentVariable("RELEASESERVER_TEST_S3_REGION") ?? "us-east-1");

    public static async ValueTask<BucketOptions> InStoreAsync(Uri endpoint, string accessKey, string secretKey, string region)
    {
        var options = new BucketOptions
        {
            Kind = BucketKind.S3,
            Name = $"releases-{Guid.NewGuid():N}",
            Endpoint = endpoint,
            AccessKey = accessKey,
            SecretKey = secretKey,
            Region = region,
        };
        using var http = S3ClientFactory.CreateHttpClient(options);
        using var s3 = S3ClientFactory.Create(options, http);
        await s3.PutBucketAsync(options.Name, TestContext.Current.CancellationToken);
        return options;
    }

    /// <summary>The options as arguments of the program.</summary>
    /// <param name="section">Such as <c>Bucket</c>.</param>
    /// <param name="region">In the place of that of the options; null for that.</param>
    public static IReadOnlyList<string> SettingsOf(BucketOptions options, string section, string? region = null) => options.Kind == BucketKind.Folder
        ? [$"--{section}:Kind=folder", $"--{section}:Path={options.Path}"]
        :
        [
            $"--{section}:Kind=s3",
            $"--{section}:Endpoint={options.Endpoint}",
            $"--{section}:Name={options.Name}",
            $"--{section}:Region={region ?? options.Region}",
            $"--{section}:AccessKey={options.AccessKey}",
            $"--{section}:SecretKey={options.SecretKey}",
            $"--{section}:EntityTagIsMd5={options.EntityTagIsMd5}",
        ];
}
