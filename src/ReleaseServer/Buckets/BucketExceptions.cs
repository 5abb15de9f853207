namespace ReleaseServer.Buckets;

/// <summary>The bucket gave no usable answer: refused, timed out, answered 403 or 5xx, or sent garbage. Never says that an object is absent.</summary>
internal class BucketUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What went wrong, by which is decided whether another try may help.</summary>
    public BucketFault Fault { get; init; }

    /// <summary>How long the bucket asked to be left alone; null where it did not.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>The bucket sent other bytes than it says it has.</summary>
internal sealed class WrongBytesException(string message) : BucketUnavailableException(message);

/// <summary>The object is no longer the version that the caller asked for by entity tag.</summary>
internal sealed class RepresentationChangedException(AssetKey key) : Exception($"{key} was replaced while it was being read");

/// <summary>This node asks the bucket for as much as it may already; the bucket itself was not asked.</summary>
internal sealed class BucketOverloadedException : BucketUnavailableException
{
    public BucketOverloadedException(string message)
        : base(message) => Fault = BucketFault.NotAsked;
}
