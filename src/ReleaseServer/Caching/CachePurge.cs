namespace ReleaseServer.Caching;

/// <summary>What one purge names. Immutable.</summary>
/// <param name="Tags">Surrogate keys; entries with any of them are purged.</param>
/// <param name="All">Whether everything is purged, whatever <paramref name="Tags"/> holds.</param>
/// <param name="IsHard">
/// Whether entries are dropped: nothing old is answered again, not even when the bucket fails. Else they are marked stale: revalidated, answered
/// meanwhile, and answered when the bucket fails.
/// </param>
internal sealed record CachePurge(IReadOnlyList<SurrogateKey> Tags, bool All, bool IsHard);

/// <summary>What a purge did, or would do.</summary>
/// <param name="Keys">Bucket keys of the entries named, sorted; the first thousand of them.</param>
/// <param name="Count">How many entries were named.</param>
internal sealed record CachePurgeOutcome(IReadOnlyList<string> Keys, int Count);

/// <summary>A cache that can be purged. Safe for concurrent use.</summary>
internal interface IPurgeable
{
    /// <param name="purge">What to purge.</param>
    /// <param name="dryRun">Only say what it would be.</param>
    CachePurgeOutcome Purge(CachePurge purge, bool dryRun);
}

/// <summary>Remembers how far in the bucket's purge log this node has come, together with the entries that it keeps over restarts.</summary>
internal interface IPurgeProgress
{
    /// <summary>Number of the last purge that was applied; null where it is not known, as on a node's first start.</summary>
    long? AppliedPurge { get; set; }
}
