namespace ReleaseServer.Origin;

/// <summary>Who is asked first.</summary>
internal enum OriginOrder
{
    /// <summary>The bucket; the origin where the bucket fails.</summary>
    BucketFirst,

    /// <summary>The origin; the bucket where the origin fails.</summary>
    OriginFirst,

    /// <summary>The bucket alone.</summary>
    Off,
}

/// <summary>The servers that are asked where the bucket fails. Section <c>Origin</c>.</summary>
internal sealed class OriginOptions
{
    /// <summary>Scheme, host and port of the origin and then of its backups, <c>;</c> between them. Default none: there is no fallback.</summary>
    public string[] Urls { get; set; } = [];

    /// <summary>The order at the start; the admin address changes it while the server runs. Default <c>bucket-first</c>.</summary>
    public OriginOrder Order { get; set; } = OriginOrder.BucketFirst;

    /// <summary>A path that each origin answers cheaply; asked with HEAD. Default <c>/</c>.</summary>
    public string HealthPath { get; set; } = "/";

    /// <summary>Time between two looks at an origin that answers, 1 s to 1 h. Default 10 s. One that does not is looked at every second.</summary>
    public TimeSpan HealthInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest wait for a connection, TLS included, 50 ms to 1 min. Default 500 ms.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait for the head of one origin's answer, connecting included, 100 ms to 1 min. Default 800 ms: with two tries of a bucket that hangs, a client waits 3 s at most.</summary>
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromMilliseconds(800);

    /// <summary>Longest wait for the next bytes of a body, 100 ms to 5 min. Default 5 s.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Most requests under way to one origin, 1 to 100,000; more wait for as long as for an answer. Default 512.</summary>
    public int MaxConnections { get; set; } = 512;

    /// <summary>By which forwarded requests are known (<c>Via</c>, <c>CDN-Loop</c>): those that bear it are not forwarded again. Default <c>ReleaseServer</c>.</summary>
    public string Name { get; set; } = "ReleaseServer";

    /// <summary>Whether the origin is told the client's address (<c>X-Forwarded-For</c>). Default false.</summary>
    public bool ForwardedFor { get; set; }
}
