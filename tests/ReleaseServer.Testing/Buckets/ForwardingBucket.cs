using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Testing.Buckets;

/// <summary>Passes every read on; tests change the one that they are about.</summary>
internal abstract class ForwardingBucket(IBucket inner) : IBucket
{
    public string Description => inner.Description;

    public bool ListsSourceDates => inner.ListsSourceDates;

    public virtual ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken) => inner.HeadAsync(key, cancellationToken);

    public virtual ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken) =>
        inner.OpenAsync(key, range, expected, cancellationToken);

    public virtual ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken) =>
        inner.OpenChangedAsync(key, known, cancellationToken);

    public virtual ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken) => inner.AnyAsync(prefix, cancellationToken);

    public virtual IAsyncEnumerable<BucketEntry> ListAsync(string prefix, ListDepth depth, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, depth, cancellationToken);
}
