using ReleaseServer.Configuration;

namespace ReleaseServer.Buckets;

/// <summary>Which store a bucket is in.</summary>
internal enum BucketKind
{
    /// <summary>A directory of this machine.</summary>
    Folder,

    /// <summary>An S3-compatible service.</summary>
    S3,
}

/// <summary>Where the release assets are and how they are reached. Section <c>Bucket</c>.</summary>
internal class BucketOptions
{
    /// <summary><c>folder</c> or <c>s3</c>. Default <c>folder</c>.</summary>
    public BucketKind Kind { get; set; } = BucketKind.Folder;

    /// <summary>The bucket's directory, for <c>folder</c>. Default <c>data/bucket</c>, filled with a sample where it is absent.</summary>
    public string Path { get; set; } = "data/bucket";

    /// <summary>Absolute URL of the S3 endpoint, without the bucket's name. Without it, AWS by <see cref="Region"/>.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>The bucket's name. Required for <c>s3</c>.</summary>
    public string? Name { get; set; }

    /// <summary>Region that requests are signed for. Default <c>us-east-1</c>.</summary>
    public string Region { get; set; } = "us-east-1";

    /// <summary>Access key; without it and <see cref="SecretKey"/>, the SDK's own chain (environment, profile, instance role).</summary>
    [Secret]
    public string? AccessKey { get; set; }

    /// <summary>Secret key; goes with <see cref="AccessKey"/>.</summary>
    [Secret]
    public string? SecretKey { get; set; }

    /// <summary>Whether the bucket's name is the first segment of the path rather than a part of the host name. Default true.</summary>
    public bool PathStyle { get; set; } = true;

    /// <summary>
    /// Longest wait for the response head of one request of the server, 100 ms to 5 min. Default 1 s: two of them, and whoever is asked
    /// when the bucket does not answer, fit into the 3 s that a client may wait. Commands have more patience, see <see cref="StallTimeout"/>.
    /// </summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait for the next bytes of a body, and of a command for the response head, 100 ms to 5 min. Default 5 s.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Most connections to the S3 endpoint at once, 1 to 1,000,000. Default 20,000, as many as there are client connections:
    /// each download holds one for as long as its client takes, and who finds none free is refused after <see cref="AttemptTimeout"/>.
    /// </summary>
    public int MaxConnections { get; set; } = 20_000;

    /// <summary>
    /// Whether an entity tag of 32 hexadecimal digits is the MD5 of the object, as it is with S3 but for multipart uploads and objects under
    /// SSE-KMS or SSE-C, which are told apart. Default true; false for a store whose tags look so and are not.
    /// </summary>
    public bool EntityTagIsMd5 { get; set; } = true;
}
