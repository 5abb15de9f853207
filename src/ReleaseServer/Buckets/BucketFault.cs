namespace ReleaseServer.Buckets;

/// <summary>What was wrong with a bucket that gave no usable answer.</summary>
internal enum BucketFault
{
    /// <summary>Not told apart: what a file system said, for one.</summary>
    Unknown,

    /// <summary>No connection: no name, refused, no TLS.</summary>
    Connect,

    /// <summary>The connection broke, before the answer or in it.</summary>
    Reset,

    /// <summary>No answer in time, or no more bytes of one.</summary>
    Timeout,

    /// <summary>500, 502, 503, 504 and their like.</summary>
    ServerError,

    /// <summary>503 SlowDown or 429: the store wants fewer requests.</summary>
    SlowDown,

    /// <summary>An answer that no store gives: no XML, a wrong range, a page that is none.</summary>
    Garbage,

    /// <summary>403, no such bucket, a redirect elsewhere: settings or rights are wrong, and stay so until somebody mends them.</summary>
    Refused,

    /// <summary>The object has no such bytes: the question was wrong, not the bucket.</summary>
    NoSuchBytes,

    /// <summary>The bucket was not asked: this node's limits or its circuit breaker stood before it.</summary>
    NotAsked,
}

/// <summary>What follows from a fault.</summary>
internal static class BucketFaultRules
{
    /// <summary>Whether the same question may be answered a moment later.</summary>
    public static bool IsTransient(this BucketFault fault) => fault is BucketFault.Unknown or BucketFault.Connect or BucketFault.Reset
        or BucketFault.Timeout or BucketFault.ServerError or BucketFault.SlowDown or BucketFault.Garbage;

    /// <summary>Whether it tells of the bucket's health. A question that was wrong or never asked does not.</summary>
    public static bool IsOfTheBucket(this BucketFault fault) => fault is not (BucketFault.NoSuchBytes or BucketFault.NotAsked);
}
