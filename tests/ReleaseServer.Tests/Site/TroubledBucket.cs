using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Site;

/// <summary>A bucket in memory that fails while it is told to, and lets others in before a write.</summary>
internal sealed class TroubledBucket(InMemoryBucket inner) : IWritableBucket
{
    /// <summary>Thrown by every request; null for none.</summary>
    public Exception? Trouble { get; set; }

    /// <summary>Runs before each conditional write, once it is decided.</summary>
    public Func<AssetKey, Task>? BeforeWrite { get; set; }

    public InMemoryBucket Inner => inner;

    public string Description => "troubled bucket";

    public bool ListsSourceDates => inner.ListsSourceDates;

    public ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken) =>
        Healthy().HeadAsync(key, cancellationToken);

    public ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken) =>
        Healthy().OpenAsync(key, range, expected, cancellationToken);

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken) => Healthy().AnyAsync(prefix, cancellationToken);

    public IAsyncEnumerable<BucketEntry> ListAsync(string prefix, ListDepth depth, CancellationToken cancellationToken) =>
        Healthy().ListAsync(prefix, depth, cancellationToken);

    public async ValueTask<EntityTag?> WriteAsync(
        AssetKey key,
        ReadOnlyMemory<byte> content,
        ObjectAttributes attributes,
        WriteCondition condition,
        CancellationToken cancellationToken)
    {
        if (BeforeWrite is { } before && condition != WriteCondition.None)
        {
            await before(key);
        }

        return await Healthy().WriteAsync(key, content, attributes, condition, cancellationToken);
    }

    public ValueTask DeleteAsync(AssetKey key, CancellationToken cancellationToken) => Healthy().DeleteAsync(key, cancellationToken);

    private InMemoryBucket Healthy() => Trouble is { } trouble ? throw trouble : inner;
}
