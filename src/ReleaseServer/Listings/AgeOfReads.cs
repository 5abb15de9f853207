using System.Runtime.CompilerServices;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Listings;

/// <summary>Reads a bucket for one page, and notes how old the oldest is that a cache gave for want of better.</summary>
internal sealed class AgeOfReads(IBucket inner) : IBucket
{
    public string Description => inner.Description;

    public bool ListsSourceDates => inner.ListsSourceDates;

    /// <summary>Of what was stale; zero where nothing was.</summary>
    public TimeSpan OldestStale { get; private set; }

    public async ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken)
    {
        var metadata = await inner.HeadAsync(key, cancellationToken);
        Note(metadata?.CacheUse);
        return metadata;
    }

    public async ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken)
    {
        var opened = await inner.OpenAsync(key, range, expected, cancellationToken);
        Note(opened?.Metadata.CacheUse);
        return opened;
    }

    public ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken) =>
        inner.OpenChangedAsync(key, known, cancellationToken);

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken) => inner.AnyAsync(prefix, cancellationToken);

    public async IAsyncEnumerable<BucketEntry> ListAsync(
        string prefix, ListDepth depth, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var entries = inner.ListAsync(prefix, depth, cancellationToken);
        await foreach (var entry in entries)
        {
            yield return entry;
        }

        Note((entries as IKeptEntries)?.Use);
    }

    private void Note(CacheUse? use)
    {
        if (use is { Status: CacheStatus.Stale } stale && stale.Age > OldestStale)
        {
            OldestStale = stale.Age;
        }
    }
}
