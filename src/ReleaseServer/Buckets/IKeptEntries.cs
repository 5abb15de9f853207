namespace ReleaseServer.Buckets;

/// <summary>What <see cref="IBucket.ListAsync"/> of a cache gives: it says how the cache came by the entries.</summary>
internal interface IKeptEntries
{
    /// <summary>Null before the first entry was read.</summary>
    CacheUse? Use { get; }
}
