using ReleaseServer.Buckets;

namespace ReleaseServer.Caching;

/// <summary>What a node keeps, for those who answer from it without asking the bucket. Safe for concurrent use.</summary>
internal interface IObjectCache
{
    CacheClock Clock { get; }

    /// <summary>Room for what is made of objects, such as rendered listings and coded forms: the same bytes that small objects share.</summary>
    EvictionQueue Memory { get; }

    /// <summary>The whole object as it is kept, in whatever state of freshness; null where it is not kept or only partly here. No I/O.</summary>
    CachedObject? Find(AssetKey key);
}
