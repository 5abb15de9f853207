using ReleaseServer.Caching;

namespace ReleaseServer.Testing.Caching;

/// <summary>Notes what it is told to purge, and finds the keys that the test put in among what a purge names. Safe for concurrent use.</summary>
internal sealed class RecordingCache(params string[] keys) : IPurgeable
{
    private readonly Lock _lock = new();
    private readonly List<CachePurge> _purges = [];

    /// <summary>All purges so far, dry ones left out.</summary>
    public IReadOnlyList<CachePurge> Purges
    {
        get
        {
            lock (_lock)
            {
                return [.. _purges];
            }
        }
    }

    /// <summary>Each purge so far as a text: <c>key:a dir:b/</c>, <c>hard key:a</c>, <c>all</c>.</summary>
    public IReadOnlyList<string> Texts => [.. Purges.Select(static purge => string.Join(
        ' ', [.. purge.IsHard ? ["hard"] : Array.Empty<string>(), .. purge.All ? ["all"] : Array.Empty<string>(), .. purge.Tags.Select(static tag => tag.ToString())]))];

    public CachePurgeOutcome Purge(CachePurge purge, bool dryRun)
    {
        lock (_lock)
        {
            if (!dryRun)
            {
                _purges.Add(purge);
            }
        }

        var named = keys.Where(key => purge.All || purge.Tags.Any(tag => Names(tag, key))).Order(StringComparer.Ordinal).ToList();
        return new CachePurgeOutcome(named, named.Count);
    }

    private static bool Names(SurrogateKey tag, string key) => tag.Kind switch
    {
        SurrogateKey.Key => tag.Value == key,
        SurrogateKey.Directory => key.StartsWith(tag.Value, StringComparison.Ordinal),
        _ => false,
    };
}
