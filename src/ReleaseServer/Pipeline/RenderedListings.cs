using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Http;
using ReleaseServer.Listings;
using ReleaseServer.Site;
using ReleaseServer.Transport;

namespace ReleaseServer.Pipeline;

/// <summary>
/// Renders directories' pages, each once for all who ask meanwhile, and keeps them: fresh for the lifetime of listings, then stale while one
/// task renders it anew, and stale while the bucket fails (RFC 5861). Safe for concurrent use.
/// </summary>
/// <param name="cache">Null where there is none: a page is rendered for each request.</param>
/// <param name="rules">Null with it.</param>
internal sealed partial class RenderedListings(
    CurrentSite current,
    ListingReader reader,
    CacheTags tags,
    ILogger<RenderedListings> logger,
    IObjectCache? cache = null,
    ICacheRules? rules = null) : IPurgeable, IDisposable
{
    private readonly ConcurrentDictionary<Name, RenderedListing> _pages = new();
    private readonly ConcurrentDictionary<Flight, Lazy<Task<RenderedListing?>>> _flights = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _keeping = new();
    private SiteSnapshot? _site;
    private int _purges;
    private int _isStopped;

    /// <summary>A page that may be answered from at once; null where there is none. No I/O.</summary>
    public RenderedListing? FindReady(string path, bool isJson, SiteSnapshot site, long now) =>
        Find(new Name(path, isJson), site) is { } page && page.Freshness!.IsReadyAt(now) ? page : null;

    /// <summary>Whether there is a page that will do where the bucket fails.</summary>
    public bool IsKept(AssetRequest request, bool isJson) =>
        cache is not null && request.Until is null && Find(new Name(request.Path, isJson), request.Site) is { } page && page.Freshness!.StateAt(cache.Clock.Now) != FreshnessState.Dead;

    /// <summary>The page of a directory; null where there is no such directory.</summary>
    /// <exception cref="BucketUnavailableException">The bucket failed, and no page is left that could do instead.</exception>
    public async ValueTask<ServedListing?> GetAsync(AssetRequest request, bool isJson, CancellationToken cancellationToken)
    {
        if (cache is null || rules is null || request.Until is not null)
        {
            return await RenderAsync(request, isJson, now: null, cancellationToken) is { } once ? new ServedListing(once, Use: null) : null;
        }

        var name = new Name(request.Path, isJson);
        var page = Find(name, request.Site);
        var now = cache.Clock.Now;
        var state = page?.Freshness!.StateAt(now) ?? FreshnessState.Dead;
        if (state == FreshnessState.Stale && page!.Freshness!.MayAskAt(now))
        {
            // Nobody waits for it; whoever comes after it finds the new page.
            _ = RefreshAsync(name, request, page);
        }

        if (state is FreshnessState.Fresh or FreshnessState.Stale)
        {
            return Serve(page!, CacheFields.UseOf(page!.Freshness!, now));
        }

        try
        {
            var rendered = await FlyAsync(name, request).WaitAsync(cancellationToken);
            now = cache.Clock.Now;
            return rendered?.Freshness is not { } freshness ? null
                : Serve(rendered, freshness.StatusAt(now) == CacheStatus.Stale ? CacheFields.UseOf(freshness, now) : new CacheUse(CacheStatus.Miss, TimeSpan.Zero));
        }
        catch (BucketUnavailableException) when (state == FreshnessState.Expired)
        {
            now = cache.Clock.Now;
            page!.Freshness!.Rest(now);
            return Serve(page, CacheFields.UseOf(page.Freshness, now));
        }
    }

    /// <summary>Any purge may name what a listing shows: all are marked, or dropped.</summary>
    public CachePurgeOutcome Purge(CachePurge purge, bool dryRun)
    {
        if (dryRun || cache is null)
        {
            return new CachePurgeOutcome([], 0);
        }

        lock (_keeping)
        {
            _purges++;
            var now = cache.Clock.Now;
            foreach (var (name, page) in _pages)
            {
                page.Freshness!.Purge(now);
                if (purge.IsHard)
                {
                    Drop(name, page);
                }
            }
        }

        return new CachePurgeOutcome([], 0);
    }

    /// <summary>Ends what is being rendered. May be called again: a container does so for each service that this is registered as.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isStopped, 1) == 0)
        {
            _stopping.Cancel();
            _stopping.Dispose();
        }
    }

    private static ServedListing Serve(RenderedListing page, CacheUse use)
    {
        page.Touch();
        return new ServedListing(page, use);
    }

    private RenderedListing? Find(Name name, SiteSnapshot site) => _pages.TryGetValue(name, out var page) && page.Site == site ? page : null;

    // What was begun before a purge, or by another snapshot, is not for those who ask after it.
    private Task<RenderedListing?> FlyAsync(Name name, AssetRequest request)
    {
        var flight = new Flight(name, request.Site, Volatile.Read(ref _purges));
        return _flights.GetOrAdd(
            flight,
            static (flight, source) => new Lazy<Task<RenderedListing?>>(() => source.Listings.FlyOnceAsync(flight, source.Request)),
            (Listings: this, Request: request)).Value;
    }

    private async Task<RenderedListing?> FlyOnceAsync(Flight flight, AssetRequest request)
    {
        await EventThread.LeaveCaller();
        try
        {
            // Of the moment before the bucket is asked: no part of the page is older.
            var now = cache!.Clock.Now;
            if (Find(flight.Name, flight.Site) is { } page && page.Freshness!.StateAt(now) == FreshnessState.Fresh)
            {
                // It came while this one looked for a flight that was just over.
                return page;
            }

            var rendered = await RenderAsync(request, flight.Name.IsJson, now, _stopping.Token);
            lock (_keeping)
            {
                return flight.Purges == _purges && flight.Site == current.Snapshot ? Keep(flight, rendered, now) : rendered;
            }
        }
        finally
        {
            _flights.TryRemove(flight, out _);
        }
    }

    private RenderedListing? Keep(in Flight flight, RenderedListing? rendered, long now)
    {
        DropOlderSites(flight.Site);
        if (_pages.TryGetValue(flight.Name, out var old))
        {
            if (rendered is not null && old.Validators == rendered.Validators)
            {
                Revalidate(old.Freshness!, rendered.Freshness!, now);
                return old;
            }

            Drop(flight.Name, old);
        }

        if (rendered is not null)
        {
            // In the table first: what is evicted at once must find itself there.
            _pages[flight.Name] = rendered;
            if (!cache!.Memory.TryAdd(rendered))
            {
                Forget(rendered);
            }
        }

        return rendered;
    }

    // A snapshot is large, and must not be held by pages that nobody asks for any more.
    private void DropOlderSites(SiteSnapshot site)
    {
        if (!ReferenceEquals(_site, site))
        {
            _site = site;
            foreach (var (name, page) in _pages)
            {
                if (page.Site != site)
                {
                    Drop(name, page);
                }
            }
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Nobody waits for this: what is not logged here is lost")]
    private async Task RefreshAsync(Name name, AssetRequest request, RenderedListing page)
    {
        try
        {
            await FlyAsync(name, request);
        }
        catch (BucketUnavailableException)
        {
            page.Freshness!.Rest(cache!.Clock.Now);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The server stops.
        }
        catch (Exception exception)
        {
            page.Freshness!.Rest(cache!.Clock.Now);
            LogFailed(name.Path, exception);
        }
    }

    // The same page, from names that the bucket vouched for or not.
    private void Revalidate(Freshness old, Freshness found, long now)
    {
        if (found.StateAt(now) == FreshnessState.Fresh)
        {
            old.Validate(rules!.Listings.Lifetime, now);
        }
        else if (found.StateAt(now) == FreshnessState.Expired)
        {
            old.Rest(now);
        }
    }

    // A page is as old as what it was rendered from, and never fresh where that was stale: it may have been purged a moment ago. Nothing is
    // gained by rendering it again and again from what has been stale for long.
    private Freshness FreshnessOf(DirectoryListing listing, long now)
    {
        if (listing.OldestStale == TimeSpan.Zero)
        {
            return new Freshness(rules!.Listings, rules.Listings.Lifetime, now);
        }

        var freshness = new Freshness(rules!.Listings, TimeSpan.Zero, now - listing.OldestStale.Ticks);
        if (freshness.StateAt(now) == FreshnessState.Expired)
        {
            freshness.Rest(now);
        }

        return freshness;
    }

    /// <param name="now">When it was begun, by the clock of the cache; null where none keeps it.</param>
    private async Task<RenderedListing?> RenderAsync(AssetRequest request, bool isJson, long? now, CancellationToken cancellationToken)
    {
        var listing = await reader.ReadAsync(
            request.Key, request.Site.Links, request.Site.Overlay, request.Site.Generation.HasCatalog, cancellationToken);
        if (listing is null)
        {
            return null;
        }

        var freshness = now is { } begun ? FreshnessOf(listing, begun) : null;
        return new RenderedListing(request, isJson, listing, tags.OfDirectory(request), freshness, Forget);
    }

    private void Drop(Name name, RenderedListing page)
    {
        _pages.TryRemove(new(name, page));
        cache!.Memory.Remove(page);
    }

    private void Forget(RenderedListing page) => _pages.TryRemove(new(new Name(page.Path, page.IsJson), page));

    [LoggerMessage(LogLevel.Error, "Listing of {Path} could not be rendered anew")]
    private partial void LogFailed(string path, Exception exception);

    private readonly record struct Name(string Path, bool IsJson);

    private readonly record struct Flight(Name Name, SiteSnapshot Site, int Purges);
}

/// <summary>A page, and how the cache came by it.</summary>
/// <param name="Use">Null where no cache stands between.</param>
internal readonly record struct ServedListing(RenderedListing Page, CacheUse? Use);
