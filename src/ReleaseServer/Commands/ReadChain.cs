using ReleaseServer.Buckets;

namespace ReleaseServer.Commands;

/// <summary>Puts the read chain together: the one place that knows all its decorators.</summary>
internal static class ReadChain
{
    /// <summary>What the server reads through. There are no decorators yet: a read is one request to the bucket.</summary>
    public static IBucket Build(BucketOptions options, TimeProvider clock) => BucketFactory.Create(options, clock);
}
