using ReleaseServer.Buckets;

namespace ReleaseServer.Caching;

/// <summary>What a node keeps, for those who answer from it without asking the bucket. Safe for concurrent use.</summary>
internal interface IObjectCache
{
    CacheClock Clock { get; }

    /// <summary>Room for what is made of objects, such as rendered listings and coded forms: the same bytes that small objects share.</summary>
    EvictionQueue Memory { get; }

    /// <summary>The object as it is kept, maybe its metadata alone, in whatever state of freshness; null where there is nothing of it. No I/O.</summary>
    CachedObject? Find(AssetKey key);
}
