namespace ReleaseServer.Site;

/// <summary>Everything that leads from a path to a key, of one moment. Immutable; a request keeps the one it began with.</summary>
internal sealed record SiteSnapshot(SiteData Data, LinkTable Links, GenerationDocument Generation)
{
    /// <summary>What was published with the links.</summary>
    public SiteOverlay Overlay { get; init; } = SiteOverlay.None;
}
