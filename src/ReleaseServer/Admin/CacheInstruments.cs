using ReleaseServer.Caching;
using ReleaseServer.Pipeline;
using ReleaseServer.Telemetry;

namespace ReleaseServer.Admin;

/// <summary>What this node keeps, in both tiers.</summary>
internal static class CacheInstruments
{
    /// <param name="objects">Null where nothing is kept: then none of this is told.</param>
    public static void Register(ServerMetrics metrics, CachedObjects? objects, ReadyAnswers ready)
    {
        if (objects is null)
        {
            return;
        }

        (string Name, EvictionQueue Queue)[] tiers = objects.Disk is { } disk ? [("memory", objects.Memory), ("disk", disk)] : [("memory", objects.Memory)];
        metrics.Gauge("releaseserver.cache.used", "By", "Bytes taken in a tier, what is on its way included", () =>
            tiers.Select(static tier => ServerMetrics.Value((double)tier.Queue.Used, "tier", tier.Name)));
        metrics.Gauge("releaseserver.cache.capacity", "By", "Bytes that a tier may take", () =>
            tiers.Select(static tier => ServerMetrics.Value((double)tier.Queue.Capacity, "tier", tier.Name)));
        metrics.Counter("releaseserver.cache.evictions", "{entry}", "Entries that have lost their room to others", () =>
            tiers.Select(static tier => ServerMetrics.Value(tier.Queue.Evicted, "tier", tier.Name)));
        metrics.Gauge("releaseserver.cache.keys", "{key}", "Bucket keys of which something is known, absence included", () => objects.Count);
        metrics.Gauge("releaseserver.cache.ready_answers", "{answer}", "Answers kept ready by path", () => ready.Count);
        metrics.Counter("releaseserver.cache.fill", "By", "Bytes brought from the bucket into the cache", () => objects.Fills.Bytes);
        metrics.Counter("releaseserver.cache.fills", "{fill}", "Objects brought from the bucket into the cache, by what became of them", () =>
        [
            ServerMetrics.Value(objects.Fills.Completed, "outcome", "completed"),
            ServerMetrics.Value(objects.Fills.Failed, "outcome", "failed"),
            ServerMetrics.Value(objects.Fills.Discarded, "outcome", "discarded"),
        ]);
        metrics.Gauge("releaseserver.cache.fills_in_progress", "{fill}", "Objects that are being brought", () =>
        {
            // In this order, so that it is never negative.
            var ended = objects.Fills.Completed + objects.Fills.Failed + objects.Fills.Discarded;
            return objects.Fills.Begun - ended;
        });
        if (objects.Disk is not null)
        {
            metrics.Gauge("releaseserver.cache.disk_usable", "", "Whether the disk of the cache takes files", () => objects.IsDiskUsable == true ? 1 : 0);
        }
    }
}
