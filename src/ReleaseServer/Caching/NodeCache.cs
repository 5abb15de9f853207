using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Resilience;

namespace ReleaseServer.Caching;

/// <summary>The cache of one node, put together: what it reads through, what answers are made from, and what purges it.</summary>
internal sealed class NodeCache : IDisposable
{
    private NodeCache(CachedBucket bucket, CachedObjects objects, CachePurger purger) => (Bucket, Objects, Purger) = (bucket, objects, purger);

    /// <summary>Reads through the cache.</summary>
    public CachedBucket Bucket { get; }

    public CachedObjects Objects { get; }

    public CachePurger Purger { get; }

    /// <param name="options">Validated; <see cref="CacheOptions.Path"/> is absolute, or empty for no disk.</param>
    /// <param name="alerts">Told of a disk that fails, and of a bucket that sends other bytes than it says.</param>
    /// <param name="bucket">What is read where the cache has nothing; disposed with the cache.</param>
    /// <param name="rest">Who goes on with a body where the bucket does not; null for nobody.</param>
    public static NodeCache Open(
        CacheOptions options, IBucket bucket, ICacheRules rules, IAlerts alerts, TimeProvider time, ILogger<NodeCache> logger, IRestSource? rest = null)
    {
        var clock = new CacheClock(time);
        var memory = new EvictionQueue(options.MemoryBytes);
        var disk = options is { Path.Length: > 0, DiskBytes: > 0 } ? DiskTier.Open(options.Path, options.DiskBytes, clock, alerts, logger) : null;
        var gate = new FillGate(options.MaxFills, options.MaxQueuedFills);
        var objects = new CachedObjects(bucket, gate, rules, clock, memory, disk, alerts, logger) { Rest = rest };
        var listings = new CachedListings(bucket, gate, rules, clock, memory);
        return new NodeCache(new CachedBucket(bucket, objects, listings, rest, alerts), objects, new CachePurger(objects, listings, disk, rules));
    }

    public void Dispose() => Bucket.Dispose();
}
