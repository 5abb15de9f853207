namespace ReleaseServer.Load;

/// <summary>Sizes and numbers of the scenarios: those of the documentation, or small ones that only show that the harness works.</summary>
internal sealed record Scale
{
    public const int MiB = 1024 * 1024;

    public int TarballBytes { get; init; } = 30 * MiB;

    public int RangeBytes { get; init; } = MiB;

    public int ListingEntries { get; init; } = 700;

    /// <summary>Warm-up before the first round of a measure; 0 for none. The JIT is done with a new kind of request after some seconds of it.</summary>
    public int WarmUpSeconds { get; init; } = 6;

    /// <summary>S7.</summary>
    public int HerdClients { get; init; } = 200;

    /// <summary>S7: bytes per second of the whole bucket.</summary>
    public long HerdBucketRate { get; init; } = 15_000_000;

    /// <summary>S7: clients that have not been answered by then are given up.</summary>
    public TimeSpan HerdLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>S8, S9: files of the mix in each of two releases.</summary>
    public int MixFiles { get; init; } = 35;

    /// <summary>S8, S9: requests offered per second.</summary>
    public int MixRate { get; init; } = 2000;

    public int MixConnections { get; init; } = 64;

    /// <summary>S8: how long after a purge its consequences are counted.</summary>
    public TimeSpan PurgeWindow { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest wait of either server for a bucket that hangs (nginx, and ours where it has no breaker).</summary>
    public TimeSpan BucketTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>S9: new objects that are asked for, one after the other, while the bucket fails.</summary>
    public int Misses { get; init; } = 4;

    /// <summary>S10.</summary>
    public int MemoryObjects { get; init; } = 1000;

    public int MemoryObjectBytes { get; init; } = MiB;

    /// <summary>S10: the limit that our cache in memory is given.</summary>
    public long CacheMemoryBytes { get; init; } = 64 * MiB;

    public int SlowReaders { get; init; } = 500;

    /// <summary>S10, S11: how long memory settles before it is read.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>S11.</summary>
    public int IdleConnections { get; init; } = 10_000;

    /// <summary>S14: clients of each kind.</summary>
    public int SlowClients { get; init; } = 1_000;

    /// <summary>S14: <c>Server:RequestHeadersTimeout</c>; its default.</summary>
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromSeconds(25);

    public static Scale Full { get; } = new();

    public static Scale Smoke { get; } = new()
    {
        TarballBytes = MiB,
        RangeBytes = 64 * 1024,
        ListingEntries = 30,
        WarmUpSeconds = 0,
        HerdClients = 10,
        HerdLimit = TimeSpan.FromSeconds(5),
        MixFiles = 4,
        MixRate = 100,
        MixConnections = 4,
        PurgeWindow = TimeSpan.FromMilliseconds(300),
        BucketTimeout = TimeSpan.FromSeconds(1),
        Misses = 2,
        MemoryObjects = 10,
        MemoryObjectBytes = 64 * 1024,
        SlowReaders = 5,
        Settle = TimeSpan.FromMilliseconds(200),
        IdleConnections = 50,
        SlowClients = 10,
        HeadersTimeout = TimeSpan.FromSeconds(3),
    };
}
