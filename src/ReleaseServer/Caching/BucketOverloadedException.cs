using ReleaseServer.Buckets;

namespace ReleaseServer.Caching;

/// <summary>This node asks the bucket for as much as it may already; the bucket itself was not asked.</summary>
internal sealed class BucketOverloadedException(string message) : BucketUnavailableException(message);
