using ReleaseServer.Buckets;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Buckets;

public sealed class BucketContractOfInMemory : BucketContract
{
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal override ValueTask<IWritableBucket> StartAsync() => ValueTask.FromResult<IWritableBucket>(new InMemoryBucket());

    internal override ValueTask AddMarkerAsync(string prefix)
    {
        ((InMemoryBucket)Bucket).PutMarker(prefix);
        return ValueTask.CompletedTask;
    }
}
