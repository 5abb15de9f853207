namespace ReleaseServer.Pipeline;

/// <summary>Where the server listens and what it bears. Section <c>Server</c>.</summary>
internal sealed class ServerOptions
{
    /// <summary>
    /// Public addresses, <c>;</c> between them; <c>https://</c> needs <see cref="TlsOptions"/>. <c>localhost</c> is both loopback
    /// addresses, <c>*</c> every address. Default <c>http://localhost:8080</c>.
    /// </summary>
    public string[] Urls { get; set; } = ["http://localhost:8080"];

    /// <summary>Addresses for operators, never reachable by public paths. Default <c>http://127.0.0.1:8081</c>.</summary>
    public string[] AdminUrls { get; set; } = ["http://127.0.0.1:8081"];

    /// <summary>Public addresses that speak clear-text HTTP/2 by prior knowledge, and nothing else. Default none.</summary>
    public string[] H2cUrls { get; set; } = [];

    /// <summary>Longest request line, 1,024 to 1,048,576 bytes; longer is 414. Default 16,384 (twice the 8 KB that must work).</summary>
    public int MaxRequestLineBytes { get; set; } = 16_384;

    /// <summary>All request header fields together, 1,024 to 1,048,576 bytes; more is 431. Default 32,768.</summary>
    public int MaxRequestHeadersBytes { get; set; } = 32_768;

    /// <summary>Open client connections, 10 to 10,000,000; more are closed at once. Default 20,000.</summary>
    public int MaxConnections { get; set; } = 20_000;

    /// <summary>Time an idle connection is kept, 1 s to 1 h. Default 75 s, as nginx.</summary>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(75);

    /// <summary>Time a client has to send its request head, 1 s to 10 min. Default 25 s: it is looked at each second, and gone within 30 s in any case.</summary>
    public TimeSpan RequestHeadersTimeout { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>Slowest reading allowed of a client, bytes per second, 0 to 1,000,000,000; 0 for no limit. Default 240.</summary>
    public int MinResponseBytesPerSecond { get; set; } = 240;

    /// <summary>Time that answers under way have to end when the server stops, 0 to 1 h; then their connections are reset. Default 3 s.</summary>
    public TimeSpan DrainTime { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Time between the signal to stop and the end of listening, 0 to 5 min, in which readiness says 503 and everything else is answered as ever: for
    /// whoever distributes requests to notice. Default 0.
    /// </summary>
    public TimeSpan StopDelay { get; set; }

    /// <summary>
    /// Whether bodies on <c>http://</c> public addresses are sent from where they are, without being copied, by a transport of our own
    /// (Linux only). Default true.
    /// </summary>
    public bool Lending { get; set; } = true;

    /// <summary>
    /// Whether requests on <c>http://</c> public addresses run on the threads that wait for the sockets' events, rather than in the thread
    /// pool. Only with <see cref="Lending"/>. Default true.
    /// </summary>
    public bool InlineCompletions { get; set; } = true;
}

/// <summary>The certificate of <c>https://</c> addresses. Section <c>Tls</c>.</summary>
internal sealed class TlsOptions
{
    /// <summary>PEM file with the certificate and its chain.</summary>
    public string? CertificatePath { get; set; }

    /// <summary>PEM file with the private key.</summary>
    public string? KeyPath { get; set; }
}
