namespace ReleaseServer.Site;

/// <summary>Which paths lead where, and how published links are followed. Section <c>Site</c>.</summary>
internal sealed class SiteOptions
{
    /// <summary>
    /// A directory with site data of one's own (<c>routes.json</c>, <c>redirects.json</c>, <c>media-types.json</c>, <c>releases.json</c>,
    /// <c>freshness.json</c>).
    /// Without it, the embedded data of Node.js.
    /// </summary>
    public string? Path { get; set; }

    /// <summary>Time between two looks at the published generation, jittered by a tenth, 100 ms to 1 h. Default 2 s.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long names that are gone from under a link's new target are still looked for under its former one, up to 30 d. Default 6 h, longer
    /// than caches keep a page that names them. 0 for not at all. For the commands that move links.
    /// </summary>
    public TimeSpan LinkOverlap { get; set; } = TimeSpan.FromHours(6);

    /// <summary>
    /// A directory of this node alone for the last good links, read when the bucket is away at start, and for what alerts are open. Default
    /// <c>data/state</c>.
    /// </summary>
    public string StatePath { get; set; } = "data/state";
}
