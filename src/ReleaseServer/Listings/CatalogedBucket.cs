using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Site;

namespace ReleaseServer.Listings;

/// <summary>
/// Answers that an object is absent without asking the bucket for it, where the site says that the catalog is authoritative, one is published,
/// and it does not name the object. A key is looked for in the document of its directory or, where that has none, the directory in its
/// parent's, and so on up. What no document tells, and all else, is for the bucket to say.
/// </summary>
/// <remarks>A catalog that cannot be read says nothing: the bucket beneath may be a cache that has the object.</remarks>
/// <param name="inner">Asked for the documents as well; disposed with this bucket.</param>
/// <param name="current">Says whether the catalog is authoritative.</param>
internal sealed class CatalogedBucket(IBucket inner, CurrentSite current, ILogger<CatalogedBucket> logger) : IBucket, IDisposable
{
    private readonly CatalogNameTable _names = new(inner, logger);

    public string Description => inner.Description;

    public bool ListsSourceDates => inner.ListsSourceDates;

    public ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken) =>
        IsAuthoritativeFor(key.Value) ? HeadNamedAsync(key, cancellationToken) : inner.HeadAsync(key, cancellationToken);

    public ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken) =>
        IsAuthoritativeFor(key.Value) ? OpenNamedAsync(key, range, expected, cancellationToken) : inner.OpenAsync(key, range, expected, cancellationToken);

    public ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken) =>
        IsAuthoritativeFor(key.Value) ? OpenChangedNamedAsync(key, known, cancellationToken) : inner.OpenChangedAsync(key, known, cancellationToken);

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken) =>
        IsAuthoritativeFor(prefix) ? AnyNamedAsync(prefix, cancellationToken) : inner.AnyAsync(prefix, cancellationToken);

    public IAsyncEnumerable<BucketEntry> ListAsync(string prefix, ListDepth depth, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, depth, cancellationToken);

    public void Dispose() => (inner as IDisposable)?.Dispose();

    private bool IsAuthoritativeFor(string key) =>
        current.Snapshot is { Data.Freshness.IsCatalogAuthoritative: true, Generation.HasCatalog: true }
        && !key.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal);

    private async ValueTask<RepresentationMetadata?> HeadNamedAsync(AssetKey key, CancellationToken cancellationToken) =>
        await IsAbsentAsync(key.Value, cancellationToken) ? null : await inner.HeadAsync(key, cancellationToken);

    private async ValueTask<Representation?> OpenNamedAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken) =>
        await IsAbsentAsync(key.Value, cancellationToken) ? null : await inner.OpenAsync(key, range, expected, cancellationToken);

    private async ValueTask<Revalidation> OpenChangedNamedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken) =>
        await IsAbsentAsync(key.Value, cancellationToken)
            ? new Revalidation(RevalidationOutcome.Absent)
            : await inner.OpenChangedAsync(key, known, cancellationToken);

    private async ValueTask<bool> AnyNamedAsync(string prefix, CancellationToken cancellationToken) =>
        !await IsEmptyAsync(prefix, cancellationToken) && await inner.AnyAsync(prefix, cancellationToken);

    private async ValueTask<bool> IsAbsentAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            // A marker's key is its directory, and its name in there is empty.
            var nameStart = key.LastIndexOf('/') + 1;
            return await _names.FindAsync(key[..nameStart], cancellationToken) is { } names
                ? !names.HasObject(key[nameStart..])
                : await IsNotNamedAsync(key[..nameStart], cancellationToken);
        }
        catch (BucketUnavailableException)
        {
            return false;
        }
    }

    private async ValueTask<bool> IsEmptyAsync(string directory, CancellationToken cancellationToken)
    {
        try
        {
            return await _names.FindAsync(directory, cancellationToken) is { } names
                ? !names.HasObjects
                : await IsNotNamedAsync(directory, cancellationToken);
        }
        catch (BucketUnavailableException)
        {
            return false;
        }
    }

    // Whether the nearest document above a directory without one leaves out the way to it.
    private async ValueTask<bool> IsNotNamedAsync(string directory, CancellationToken cancellationToken)
    {
        while (directory.Length > 0)
        {
            var nameStart = directory.AsSpan(..^1).LastIndexOf('/') + 1;
            var name = directory[nameStart..^1];
            directory = directory[..nameStart];
            if (await _names.FindAsync(directory, cancellationToken) is { } names)
            {
                return !names.HasDirectory(name);
            }
        }

        return false;
    }
}
