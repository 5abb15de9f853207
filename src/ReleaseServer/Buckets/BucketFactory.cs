namespace ReleaseServer.Buckets;

/// <summary>Opens the bucket that the options describe. Nothing is read or asked yet.</summary>
internal static class BucketFactory
{
    /// <param name="options">Validated.</param>
    /// <param name="time">Dates files written to a folder, and measures the waits for a store.</param>
    /// <returns>A bucket that lives as long as the process; one that is also <see cref="IDisposable"/> may be disposed before.</returns>
    public static IWritableBucket Create(BucketOptions options, TimeProvider time) => Create(options, time, options.AttemptTimeout);

    /// <summary>As <see cref="Create(BucketOptions, TimeProvider)"/>, for a command: it makes no second try, and nobody waits for it.</summary>
    public static IWritableBucket CreateForCommand(BucketOptions options, TimeProvider time) => Create(
        options, time, options.StallTimeout > options.AttemptTimeout ? options.StallTimeout : options.AttemptTimeout);

    private static IWritableBucket Create(BucketOptions options, TimeProvider time, TimeSpan attemptTimeout) => options.Kind switch
    {
        BucketKind.Folder => new FolderBucket(options.Path, time),
        BucketKind.S3 => new S3Bucket(options, time, attemptTimeout),
        _ => throw new ArgumentOutOfRangeException(nameof(options), options.Kind, "is no kind of bucket"),
    };
}
