using ReleaseServer.Buckets;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Buckets;

/// <summary>The decorator that fails on demand is a good bucket while nothing is demanded.</summary>
public sealed class BucketContractOfFaulty : BucketContract
{
    private readonly InMemoryBucket _inner = new();

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal override ValueTask<IWritableBucket> StartAsync() => ValueTask.FromResult<IWritableBucket>(new FaultyBucket(_inner));

    internal override ValueTask AddMarkerAsync(string prefix)
    {
        _inner.PutMarker(prefix);
        return ValueTask.CompletedTask;
    }
}
