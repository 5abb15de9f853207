using ReleaseServer.Caching;

namespace ReleaseServer.Site;

/// <summary>What the site data in force say to the cache; they follow a reload. Safe for concurrent use.</summary>
/// <param name="current">Where the data in force are.</param>
/// <param name="initialData">In force until there is a snapshot.</param>
/// <param name="options">May override every lifetime.</param>
internal sealed class SiteCacheRules(CurrentSite current, SiteData initialData, CacheOptions options) : ICacheRules
{
    private volatile InForce _inForce = InForce.Of(initialData, options.MaxAge);

    public FreshnessClass Listings => Now.Freshness.Listings;

    public FreshnessClass Absence => Now.Freshness.Absence;

    // Another thread may make the same once more; both are good.
    private InForce Now
    {
        get
        {
            var inForce = _inForce;
            var data = current.Snapshot?.Data ?? initialData;
            return ReferenceEquals(inForce.Data, data) ? inForce : _inForce = InForce.Of(data, options.MaxAge);
        }
    }

    public FreshnessClass ClassOf(string key) => Now.Freshness.ClassOf(key);

    public string? ReleaseOf(string key) => Now.Versions.Find(key);

    private sealed record InForce(SiteData Data, FreshnessRules Freshness, VersionDirectories Versions)
    {
        public static InForce Of(SiteData data, TimeSpan? maxAge) => new(
            data,
            maxAge is { } lifetime ? data.Freshness.WithLifetime(lifetime) : data.Freshness,
            new VersionDirectories(data.Releases));
    }
}
