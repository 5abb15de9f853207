namespace ReleaseServer.Status;

/// <summary>What the status page looks at, and where its history is. Section <c>Status</c>.</summary>
internal sealed class StatusOptions
{
    /// <summary>Whether this node looks at itself as a client does. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Time between two looks, 1 s to 5 min. Default 5 s.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest wait for an answer, 100 ms to 1 min; what takes longer counts as none. Default 5 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Path of a file that is asked for at the public address. Default <c>/dist/index.json</c>.</summary>
    public string DownloadPath { get; set; } = "/dist/index.json";

    /// <summary>Path of a directory that is asked for there. Default <c>/dist/</c>.</summary>
    public string ListingPath { get; set; } = "/dist/";

    /// <summary>A directory of this node alone for the history. Default <c>data/status</c>.</summary>
    public string Path { get; set; } = "data/status";

    /// <summary>Heading of the page. Default <c>Release downloads</c>.</summary>
    public string Title { get; set; } = "Release downloads";
}
