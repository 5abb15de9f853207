using ReleaseServer.Caching;
using ReleaseServer.Site;
using ReleaseServer.Telemetry;

namespace ReleaseServer.Admin;

/// <summary>What is published, and how far this node has followed.</summary>
internal static class SiteInstruments
{
    public static void Register(ServerMetrics metrics, CurrentSite site, SiteLoader loader, IPurgeProgress purges, TimeProvider clock)
    {
        metrics.Gauge("releaseserver.site.loaded", "", "Whether there is a site to serve by", () => site.Snapshot is null ? 0 : 1);
        metrics.Gauge("releaseserver.site.generation", "{generation}", "Number of the generation in force; 0 where nothing was published", () => site.Snapshot?.Generation.Generation ?? 0);
        metrics.Gauge("releaseserver.site.generation_age", "s", "Time since the generation in force was published; absent where nothing was", () =>
            site.Snapshot is { Generation: { Generation: > 0, Published: var published } }
                ? [ServerMetrics.Value((clock.GetUtcNow() - published).TotalSeconds)]
                : []);
        metrics.Gauge("releaseserver.site.links", "{link}", "Links in force", () => site.Snapshot?.Links.Links.Count ?? 0);
        metrics.Gauge("releaseserver.site.routes", "{route}", "Rows of the route table", () => site.Snapshot?.Data.Routes.Routes.Count ?? 0);
        metrics.Gauge("releaseserver.site.catalog", "", "Whether a catalog of all directories is published", () => site.Snapshot?.Generation.HasCatalog == true ? 1 : 0);
        metrics.Counter("releaseserver.site.polls", "{poll}", "Looks at what is published, by outcome", () =>
        {
            var (all, failed) = loader.Looks;
            return [ServerMetrics.Value(all - failed, "outcome", "loaded"), ServerMetrics.Value(failed, "outcome", "failed")];
        });
        metrics.Gauge("releaseserver.purge.lag", "{purge}", "Purges in the bucket that this node has not applied", () =>
            Math.Max(0, loader.NewestPurge - (purges.AppliedPurge ?? loader.NewestPurge)));
    }
}
