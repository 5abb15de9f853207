namespace ReleaseServer.Shadow;

/// <summary>A candidate that is asked what clients ask us, to compare its answers with ours. Section <c>Shadow</c>.</summary>
internal sealed class ShadowOptions
{
    /// <summary>Scheme, host and port of the candidate. Default none: nothing is mirrored.</summary>
    public Uri? Url { get; set; }

    /// <summary>The part of live requests that is mirrored, 0 to 1. Default 0.01.</summary>
    public double Share { get; set; } = 0.01;

    /// <summary>Requests that wait to be mirrored, 1 to 100,000; more are dropped. Default 256.</summary>
    public int QueueLength { get; set; } = 256;

    /// <summary>Comparisons under way at a time, 1 to 64. Default 4.</summary>
    public int Concurrency { get; set; } = 4;

    /// <summary>Longest wait for one whole answer, 100 ms to 5 min. Default 10 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Most bytes of one content that are read, 1 to 1 TiB; of longer ones, only the beginning is asked for. Default 16 MiB.</summary>
    public long MaxBodyBytes { get; set; } = 16L << 20;

    /// <summary>
    /// Time after which a difference must be there still, 0 to 5 min: longer than two nodes take to see the same publication. Default 5 s.
    /// </summary>
    public TimeSpan ConfirmAfter { get; set; } = TimeSpan.FromSeconds(5);
}
