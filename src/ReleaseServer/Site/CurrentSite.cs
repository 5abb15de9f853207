namespace ReleaseServer.Site;

/// <summary>Holds the snapshot that requests pin; swapped whole.</summary>
internal sealed class CurrentSite
{
    private volatile SiteSnapshot? _snapshot;

    /// <summary>Null until the first one is loaded: nothing can be answered yet, and readiness says so.</summary>
    public SiteSnapshot? Snapshot => _snapshot;

    public void Swap(SiteSnapshot snapshot) => _snapshot = snapshot;
}
