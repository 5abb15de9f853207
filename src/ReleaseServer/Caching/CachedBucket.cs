using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Resilience;

namespace ReleaseServer.Caching;

/// <summary>
/// Answers reads from this node, and asks the bucket once for what is not here or no longer fresh, however many want it. Entries are known by
/// bucket key and are one version each; conditions and ranges are judged above, for hits and misses alike.
/// </summary>
internal sealed class CachedBucket(IBucket inner, CachedObjects objects, CachedListings listings, IRestSource? rest, IAlerts alerts) : IBucket, IDisposable
{
    private const int MostTries = 3;

    public string Description => inner.Description;

    public bool ListsSourceDates => inner.ListsSourceDates;

    public async ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken)
    {
        var found = await objects.FindAsync(key, needsBody: false, cancellationToken);
        return found.IsAbsent ? null : Describe(found);
    }

    public async ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MostTries; attempt++)
        {
            var found = await objects.FindAsync(key, needsBody: true, cancellationToken);
            if (found.IsAbsent)
            {
                return null;
            }

            if (found.Object is { Body: null } told)
            {
                return await PassAsync(key, told, range, expected, cancellationToken);
            }

            var metadata = Describe(found);
            if (expected is { } tag && tag != metadata.EntityTag)
            {
                throw new RepresentationChangedException(key);
            }

            var (position, end) = range is { } asked ? (asked.First, asked.Last + 1) : (0, metadata.Length);
            if (position < 0 || end > metadata.Length)
            {
                throw new BucketUnavailableException($"{key} of {Description} has no bytes {position} to {end - 1}") { Fault = BucketFault.NoSuchBytes };
            }

            Stream? body = found.Object is { } kept
                ? CachedBodyStream.TryOpen(kept, position, end)
                : FillStream.TryOpen(found.Fill!, position, end);
            if (body is not null)
            {
                return new Representation(metadata, body);
            }

            // Evicted, or failed, in the same moment. What failed is told to whoever asks once it is written down.
            await (found.Fill?.WaitForEndAsync(cancellationToken) ?? Task.CompletedTask);
        }

        return await PassAsync(key, told: null, range, expected, cancellationToken);
    }

    public async ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken)
    {
        if (await HeadAsync(key, cancellationToken) is not { } metadata)
        {
            return new Revalidation(RevalidationOutcome.Absent);
        }

        if (metadata.EntityTag == known)
        {
            return new Revalidation(RevalidationOutcome.Unchanged);
        }

        return await OpenAsync(key, range: null, expected: null, cancellationToken) is { } opened
            ? new Revalidation(RevalidationOutcome.Changed, opened)
            : new Revalidation(RevalidationOutcome.Absent);
    }

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken) => listings.AnyAsync(prefix, cancellationToken);

    public IAsyncEnumerable<BucketEntry> ListAsync(string prefix, ListDepth depth, CancellationToken cancellationToken) =>
        new KeptEntries(listings, prefix, depth, cancellationToken);

    public void Dispose()
    {
        objects.Dispose();
        (inner as IDisposable)?.Dispose();
    }

    private RepresentationMetadata Describe(in Found found) => found.Metadata! with
    {
        CacheUse = new CacheUse(found.Status, found.Object is { } kept ? kept.Freshness.AgeAt(objects.Clock.Now) : TimeSpan.Zero),
    };

    // Too large to keep, or nowhere to keep it: from the bucket to this client alone. What is kept is its metadata, as long as it is true.
    private async ValueTask<Representation?> PassAsync(
        AssetKey key, CachedObject? told, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken)
    {
        Representation? opened;
        try
        {
            opened = await inner.OpenAsync(key, range, expected, cancellationToken);
        }
        catch (RepresentationChangedException) when (told is not null)
        {
            objects.Drop(told);
            throw;
        }

        if (told is not null && (opened is null || !opened.Metadata.IsSameVersion(told.Metadata)))
        {
            objects.Drop(told);
        }

        if (opened is null)
        {
            return null;
        }

        var metadata = opened.Metadata with { CacheUse = new CacheUse(CacheStatus.Bypass, TimeSpan.Zero) };
        return new Representation(metadata, range is null ? new VerifyingStream(opened, Description, key, rest, alerts) : opened.Body);
    }

    private sealed class KeptEntries(CachedListings listings, string prefix, ListDepth depth, CancellationToken cancellationToken)
        : IAsyncEnumerable<BucketEntry>, IKeptEntries
    {
        public CacheUse? Use { get; private set; }

        // The token of ListAsync ends the wait; that of a loop over it would be the same.
        public async IAsyncEnumerator<BucketEntry> GetAsyncEnumerator(CancellationToken ignored)
        {
            (var entries, Use) = await listings.ListAsync(prefix, depth, cancellationToken);
            foreach (var entry in entries)
            {
                yield return entry;
            }
        }
    }
}
