using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http.Features;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Site;

namespace ReleaseServer.Pipeline;

/// <summary>
/// Answers by path, kept by the chain after it has given them, so that the next such request needs one look-up. Bounded by the cache's
/// memory, in which they compete with objects for their place, and by a small part more. Safe for concurrent use.
/// </summary>
/// <param name="cache">Null where there is none: nothing is kept, and every request goes through the chain.</param>
/// <param name="rules">Null with it.</param>
internal sealed class ReadyAnswers(
    CurrentSite current,
    RenderedListings listings,
    CodedForms forms,
    CacheTags tags,
    TimeProvider clock,
    IObjectCache? cache = null,
    ICacheRules? rules = null) : IPurgeable
{
    /// <summary>Part of the cache's memory for answers that anybody can make up any number of.</summary>
    private const int MadeUpPart = 64;

    private readonly EvictionQueue _madeUp = new((cache?.Memory.Capacity ?? 0) / MadeUpPart);
    private readonly ConcurrentDictionary<string, ReadyAnswer> _answers = new(StringComparer.Ordinal);
    private readonly Lock _turning = new();
    private SiteSnapshot? _site;
    private int _purges;

    /// <summary>How many purges there were. What a request learned before one is not kept after it.</summary>
    public int Purges => Volatile.Read(ref _purges);

    public int Count => _answers.Count;

    /// <summary>Bytes that answers take which are not in the cache's own memory.</summary>
    public long MadeUpUsed => _madeUp.Used;

    /// <summary>Whether the target has a query, even an empty one.</summary>
    public static bool HasQuery(HttpContext context) => TargetOf(context).Contains('?', StringComparison.Ordinal);

    /// <summary>Answers, or returns null with nothing done to the response: the chain must answer.</summary>
    public Task? TryAnswer(HttpContext context)
    {
        if (cache is null || !IsPlain(context.Request) || Find(TargetOf(context)) is not { } answer)
        {
            return null;
        }

        var now = cache.Clock.Now;
        if (answer.Site != current.Snapshot || answer.IsOverAt(now, Purges))
        {
            Drop(answer);
            return null;
        }

        answer.Touch();
        var given = answer.TryAnswer(context, now);
        if (given is not null && context.Features.Get<RequestRecord>() is { } record)
        {
            (record.Route, record.Download, record.Cache) = (answer.RouteIndex, answer.Download, answer.CacheStatusAt(now) ?? record.Cache);
        }

        return given;
    }

    /// <summary>Keeps the answers of an object, where the cache holds this version: those to HEAD and 304 also where it has the metadata alone.</summary>
    public void AddFile(AssetRequest request, AssetKey key, AssetFields fields)
    {
        if (!IsKept(request) || cache!.Find(key) is not { } content || content.Metadata.EntityTag != fields.Metadata.EntityTag)
        {
            return;
        }

        var isKnown = _answers.TryGetValue(request.Path, out var known) && known is ReadyFile file && file.Content == content && file.Site == request.Site;
        if (!isKnown && content.IsReadyAt(cache.Clock.Now))
        {
            Add(new ReadyFile(request, content, fields, forms, clock) { Table = this, RouteIndex = request.RouteIndex });
        }
    }

    /// <summary>Keeps the answers of a directory whose listing is kept.</summary>
    public void AddListing(AssetRequest request)
    {
        if (IsKept(request) && !(_answers.TryGetValue(request.Path, out var known) && known is ReadyListing && known.Site == request.Site))
        {
            Add(new ReadyListing(request, listings, forms, clock) { Table = this, RouteIndex = request.RouteIndex });
        }
    }

    /// <summary>Keeps the knowledge that there is nothing of this name.</summary>
    public void AddAbsence(AssetRequest request)
    {
        if (IsKept(request))
        {
            Add(new ReadyAbsence(request, tags.OfAbsence(request), In(rules!.Absence.Lifetime)) { Table = this, RouteIndex = request.RouteIndex });
        }
    }

    /// <summary>Keeps the redirect of a directory to its slash: there is something beneath the name, and nothing of it.</summary>
    public void AddDirectoryRedirect(AssetRequest request, int status, string location)
    {
        if (IsKept(request) && request.Query.Length == 0)
        {
            var lifetime = rules!.Absence.Lifetime < rules.Listings.Lifetime ? rules.Absence.Lifetime : rules.Listings.Lifetime;
            var cacheControl = request.Route.CacheControl;
            Add(new ReadyRedirect(request, status, location, cacheControl, tags.OfDirectory(request), request.Purges, In(lifetime)) { Table = this, RouteIndex = request.RouteIndex });
        }
    }

    /// <summary>Keeps the redirect of a path that has moved; only the site's data could change it.</summary>
    public void AddMoved(AssetRequest request, int status, string location, string cacheControl)
    {
        if (IsKept(request) && request.Query.Length == 0)
        {
            Add(new ReadyRedirect(request, status, location, cacheControl, surrogateKeys: default, knownAt: null, long.MaxValue) { Table = this, RouteIndex = request.RouteIndex });
        }
    }

    /// <summary>Forgets an answer that has lost its room.</summary>
    public void Forget(ReadyAnswer answer) => _answers.TryRemove(new(answer.Path, answer));

    /// <summary>Answers of objects and listings end with those; what is known of absence ends here.</summary>
    public CachePurgeOutcome Purge(CachePurge purge, bool dryRun)
    {
        if (!dryRun)
        {
            Interlocked.Increment(ref _purges);
        }

        return new CachePurgeOutcome([], 0);
    }

    private static string TargetOf(HttpContext context) => context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

    // Other methods, and content, are the business of the step after this one.
    private static bool IsPlain(HttpRequest request) =>
        request.Method is "GET" or "HEAD"
        && request.ContentLength is null
        && request.Headers.TransferEncoding.Count == 0
        && request.Headers.Expect.Count == 0;

    // Only paths that need no resolving are in the table, so a target that needs some is not found.
    private ReadyAnswer? Find(string target)
    {
        var query = target.IndexOf('?', StringComparison.Ordinal);
        ReadyAnswer? answer;
        return query < 0
            ? _answers.TryGetValue(target, out answer) ? answer : null
            : _answers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(target.AsSpan(0, query), out answer) ? answer : null;
    }

    private bool IsKept(AssetRequest request) =>
        cache is not null && rules is not null && request.Until is null && request.IsCanonical && request.Site == current.Snapshot && request.Purges == Purges;

    private long In(TimeSpan lifetime)
    {
        var now = cache!.Clock.Now;
        return lifetime.Ticks > long.MaxValue - now ? long.MaxValue : now + lifetime.Ticks;
    }

    private void Add(ReadyAnswer answer)
    {
        DropOlderSites(answer.Site);
        if (_answers.TryGetValue(answer.Path, out var old))
        {
            Drop(old);
        }

        // In the table first: what is evicted at once must find itself there.
        if (_answers.TryAdd(answer.Path, answer) && !QueueOf(answer).TryAdd(answer))
        {
            Forget(answer);
        }
    }

    // A snapshot is large, and must not be held by answers that nobody asks for any more.
    private void DropOlderSites(SiteSnapshot site)
    {
        if (ReferenceEquals(Volatile.Read(ref _site), site))
        {
            return;
        }

        lock (_turning)
        {
            foreach (var answer in _answers.Values)
            {
                if (answer.Site != site)
                {
                    Drop(answer);
                }
            }

            _site = site;
        }
    }

    private void Drop(ReadyAnswer answer)
    {
        Forget(answer);
        QueueOf(answer).Remove(answer);
    }

    // Paths that lead to nothing, or elsewhere, are without number: they must not push out what is there.
    private EvictionQueue QueueOf(ReadyAnswer answer) => answer is ReadyAbsence or ReadyRedirect ? _madeUp : cache!.Memory;
}
