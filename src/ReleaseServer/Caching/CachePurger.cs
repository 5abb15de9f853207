namespace ReleaseServer.Caching;

/// <summary>Purges what this node keeps of the bucket, and has what is in use asked for again at once. Safe for concurrent use.</summary>
/// <param name="disk">Null where there is none.</param>
internal sealed class CachePurger(CachedObjects objects, CachedListings listings, DiskTier? disk, ICacheRules rules) : IPurgeable, IPurgeProgress
{
    /// <summary>Keys told of one purge.</summary>
    private const int MostKeys = 1000;

    /// <summary>Entries asked for again at once. A purge of everything must not become the attack that it is to prevent.</summary>
    private const int MostRefreshed = 256;

    private long? _appliedPurge = disk?.AppliedPurge;

    public long? AppliedPurge
    {
        get => _appliedPurge;
        set
        {
            _appliedPurge = value;
            disk?.SetAppliedPurge(value);
        }
    }

    public CachePurgeOutcome Purge(CachePurge purge, bool dryRun)
    {
        var match = new PurgeMatch(purge, rules);
        var named = objects.Purge(match.Names, purge.IsHard, dryRun);
        if (!dryRun)
        {
            listings.Purge(match.NamesListing, purge.IsHard);
            if (!purge.IsHard)
            {
                Refresh(named);
            }
        }

        var keys = named.Select(static slot => slot.Key.Value).Order(StringComparer.Ordinal).Take(MostKeys);
        return new CachePurgeOutcome([.. keys], named.Count);
    }

    // Only what was asked for lately: the rest is asked for when somebody wants it.
    private void Refresh(List<CacheSlot> named)
    {
        foreach (var slot in named.Where(static slot => slot.Current is { Uses: > 0 }).Take(MostRefreshed))
        {
            objects.Refresh(slot);
        }
    }
}
