using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Http;
using ReleaseServer.Site;

namespace ReleaseServer.Cdn;

/// <summary>A purge in the words of a CDN. Immutable.</summary>
/// <param name="Tags">As the answers' field spells them.</param>
/// <param name="Urls">Absolute and escaped; empty where no public address is known.</param>
/// <param name="All">Whether everything is purged, whatever the rest.</param>
/// <param name="IsHard">Whether nothing old may be answered again; else what the CDN knows as a soft purge, if it does.</param>
/// <param name="Reason">For webhooks; null for none.</param>
internal sealed record CdnPurge(IReadOnlyList<string> Tags, IReadOnlyList<string> Urls, bool All, bool IsHard, string? Reason)
{
    /// <summary>Addresses of one purge; what has more is purged by tag, or whole.</summary>
    public const int MaxUrls = 10_000;

    /// <summary>Why this CDN cannot be told; null where it can.</summary>
    public string? Obstacle { get; init; }

    /// <param name="purge">As the nodes apply it.</param>
    /// <param name="objects">Keys known to lie in the directories of the purge: one that is not named cannot be purged by its address.</param>
    /// <param name="paths">Of the site in force.</param>
    public static CdnPurge Of(CachePurge purge, IEnumerable<string> objects, PublicPaths paths, CdnOptions options, string? reason)
    {
        var tags = purge.Tags.Select(SurrogateKeyText.Escape).Distinct().ToList();
        if (purge.All || options.PublicUrl is null)
        {
            return new CdnPurge(tags, [], purge.All, purge.IsHard, reason);
        }

        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var tag in purge.Tags)
        {
            found.UnionWith(tag.Kind switch
            {
                SurrogateKey.Key => paths.Of(tag.Value),
                SurrogateKey.Directory when !tag.Value.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal) => paths.OfDirectory(tag.Value),
                _ => [],
            });
        }

        foreach (var key in objects)
        {
            found.UnionWith(paths.Of(key));
            if (found.Count > MaxUrls)
            {
                break;
            }
        }

        var root = options.PublicUrl.GetLeftPart(UriPartial.Authority);
        var urls = found.Take(MaxUrls).Select(path => root + PathEscaping.ForLocation(path)).ToList();
        return new CdnPurge(tags, urls, All: false, purge.IsHard, reason)
        {
            Obstacle = options.PurgeBy == CdnPurgeBy.Url ? ObstacleOf(purge, found.Count) : null,
        };
    }

    private static string? ObstacleOf(CachePurge purge, int urls)
    {
        var nameless = purge.Tags.Where(static tag => tag.Kind is SurrogateKey.Release or SurrogateKey.Class).Take(3).ToList();
        if (nameless.Count > 0)
        {
            return $"it purges by URL, and {string.Join(", ", nameless)} has none: name paths, or all";
        }

        return urls > MaxUrls ? $"it purges by URL, and these are more than {MaxUrls}: name less, or all" : null;
    }
}
