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

    /// <summary>A directory for the last good links, read when the bucket is away at start. Default <c>data/state</c>.</summary>
    public string StatePath { get; set; } = "data/state";
}
