using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Resilience;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Resilience;

/// <summary>Reads go through retries, limits, breaker and fail-over; what is written is in the bucket that answers.</summary>
public abstract class BucketContractOfReplicated : BucketContract
{
    private readonly InMemoryBucket _inner = new();

    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    internal override ValueTask<IWritableBucket> StartAsync() => ValueTask.FromResult<IWritableBucket>(new Written(_inner, Make(_inner)));

    internal override ValueTask AddMarkerAsync(string prefix)
    {
        _inner.PutMarker(prefix);
        return ValueTask.CompletedTask;
    }

    private protected abstract IBucket Make(InMemoryBucket inner);

    private sealed class Written(InMemoryBucket inner, IBucket reads) : ForwardingBucket(reads), IWritableBucket
    {
        public ValueTask<EntityTag?> WriteAsync(
            AssetKey key, ReadOnlyMemory<byte> content, ObjectAttributes attributes, WriteCondition condition, CancellationToken cancellationToken) =>
            inner.WriteAsync(key, content, attributes, condition, cancellationToken);

        public ValueTask UploadAsync(
            AssetKey key, Stream content, long length, ObjectAttributes attributes, CancellationToken cancellationToken) =>
            inner.UploadAsync(key, content, length, attributes, cancellationToken);

        public ValueTask<bool> TryCopyAsync(
            IBucket source, AssetKey from, RepresentationMetadata version, AssetKey key, ObjectAttributes attributes, CancellationToken cancellationToken) =>
            inner.TryCopyAsync(source, from, version, key, attributes, cancellationToken);

        public ValueTask DeleteAsync(AssetKey key, CancellationToken cancellationToken) => inner.DeleteAsync(key, cancellationToken);
    }
}

/// <summary>One bucket, without a replica.</summary>
public sealed class BucketContractOfGuarded : BucketContractOfReplicated
{
    private protected override IBucket Make(InMemoryBucket inner) => new LanesOfTest(inner).Bucket;
}

/// <summary>One that is asked twice where it is slow.</summary>
public sealed class BucketContractOfHedged : BucketContractOfReplicated
{
    private protected override IBucket Make(InMemoryBucket inner) => new LanesOfTest(
        new ResilienceOptions { Retry = new RetryOptions { HedgePercentile = 95 } },
        TimeProvider.System,
        logger: null,
        inner).Bucket;
}

/// <summary>The primary answers, and a replica with nothing in it says nothing.</summary>
public sealed class BucketContractOfPrimary : BucketContractOfReplicated
{
    private protected override IBucket Make(InMemoryBucket inner) => new LanesOfTest(inner, new InMemoryBucket()).Bucket;
}

/// <summary>The primary is down, and a replica answers that is up to date.</summary>
public sealed class BucketContractOfReplica : BucketContractOfReplicated
{
    private protected override IBucket Make(InMemoryBucket inner)
    {
        var primary = new FaultyBucket(new InMemoryBucket());
        primary.GoDown();
        return new LanesOfTest(primary, inner).AllCurrent().Bucket;
    }
}
