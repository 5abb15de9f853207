namespace ReleaseServer.Downloads;

/// <summary>Which downloads are counted by day, and where. Section <c>Downloads</c>.</summary>
internal sealed class DownloadsOptions
{
    /// <summary>Whether downloads are counted. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>A directory of this node alone, for the counts of each day. Default <c>data/downloads</c>.</summary>
    public string Path { get; set; } = "data/downloads";

    /// <summary>Time between two writes of what was counted, 1 s to 10 min: a node that is killed forgets no more. Default 10 s.</summary>
    public TimeSpan WriteInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Days whose counts are kept on this node, 2 to 400. Default 40.</summary>
    public int KeepDays { get; set; } = 40;

    /// <summary>Header field in which a CDN gives the client's country in two letters, such as <c>CF-IPCountry</c>. Default none: countries are not counted.</summary>
    public string? CountryField { get; set; }

    /// <summary>Where the command <c>statistics</c> writes in the bucket; ends in a slash. Default <c>metrics/downloads/</c>.</summary>
    public string Prefix { get; set; } = "metrics/downloads/";
}
