using ReleaseServer.Buckets;

namespace ReleaseServer.Caching;

/// <summary>Which entries a purge names. Immutable.</summary>
internal sealed class PurgeMatch
{
    // A directory's listing is made of this document, which lies in a tree of its own.
    private const string CatalogPrefix = AssetKey.ReservedPrefix + "catalog/";

    private readonly ICacheRules _rules;
    private readonly bool _all;
    private readonly HashSet<string> _keys;
    private readonly HashSet<string> _releases;
    private readonly HashSet<string> _classes;
    private readonly string[] _directories;

    public PurgeMatch(CachePurge purge, ICacheRules rules)
    {
        _rules = rules;
        _all = purge.All;
        _keys = Values(purge, SurrogateKey.Key).ToHashSet(StringComparer.Ordinal);
        _releases = Values(purge, SurrogateKey.Release).ToHashSet(StringComparer.Ordinal);
        _classes = Values(purge, SurrogateKey.Class).ToHashSet(StringComparer.Ordinal);
        _directories = [.. Values(purge, SurrogateKey.Directory)];
    }

    /// <param name="key">Of an object.</param>
    /// <param name="freshness">Its class.</param>
    public bool Names(string key, FreshnessClass freshness)
    {
        if (_all || _keys.Contains(key) || _classes.Contains(freshness.Name))
        {
            return true;
        }

        var place = key.StartsWith(CatalogPrefix, StringComparison.Ordinal) ? key[CatalogPrefix.Length..] : key;
        return IsBeneath(place) || (_releases.Count > 0 && _rules.ReleaseOf(place) is { } release && _releases.Contains(release));
    }

    /// <summary>Whether the list of what begins with a prefix may have changed.</summary>
    public bool NamesListing(string prefix) =>
        _all
        || _classes.Contains(_rules.Listings.Name)
        || IsBeneath(prefix)
        || _keys.Any(key => key.StartsWith(prefix, StringComparison.Ordinal))
        || _directories.Any(directory => directory.StartsWith(prefix, StringComparison.Ordinal))
        || (_releases.Count > 0 && _rules.ReleaseOf(prefix + "x") is { } release && _releases.Contains(release));

    private static IEnumerable<string> Values(CachePurge purge, string kind) => purge.Tags.Where(tag => tag.Kind == kind).Select(static tag => tag.Value);

    private bool IsBeneath(string key)
    {
        foreach (var directory in _directories)
        {
            if (key.StartsWith(directory, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
