namespace ReleaseServer.Load.Report;

/// <summary>The bounds of <c>docs/benchmarks.md</c>: first what must hold, then what is hoped for.</summary>
internal static class Targets
{
    public static readonly Target SmallFile = new(1.25, 1.0);
    public static readonly Target IndexFile = new(1.0, 0.6);
    public static readonly Target SmallFileOverHttp2 = new(0.8, 0.5);
    public static readonly Target NotModified = new(1.4, 1.15);
    public static readonly Target Head = new(1.1, 0.9);
    public static readonly Target Tarball = new(2.0, 1.1);
    public static readonly Target TarballRanges = new(1.5, 0.5);
    public static readonly Target TarballOverTls = new(1.15, 1.0);
    public static readonly Target Listing = new(0.10, 0.03);
    public static readonly Target LatestToRealName = new(1.05, 1.02);

    public static readonly Target HerdBucketRequests = Target.Exactly(1);
    public static readonly Target HerdFirstByte = new(0.10, 0.02);
    public static readonly Target HerdLastByte = new(0.6, 0.5);

    public static readonly Target NoErrors = Target.Exactly(0);
    public static readonly Target WhileBucketFails = new(1.3, 1.1);
    public static readonly Target MissWhileBucketHangs = new(3000, 50, Unit: " ms");

    public static readonly Target SlowReader = new(100, 12, Unit: " KB");
    public static readonly Target IdleConnection = new(10, 5, Unit: " KB");
    public static readonly Target RateBesideIdle = new(0.9, 0.95, TargetSense.AtLeast);

    // 0.6 and 0.3 of the 793 ms that the Node.js Release Worker takes locally.
    public static readonly Target Start = new(476, 238, Unit: " ms");

    public static readonly Target WithHungSinks = new(1.05, 1.02);
    public static readonly Target BesideSlowClients = new(2, 1.2);
    public static readonly Target Restart = new(5000, 2000, Unit: " ms");

    public static readonly Target SlowRequestGone = new(30, 27, Unit: " s");

    /// <summary>S8: no more than what changed is asked for again.</summary>
    public static Target PurgeBucketRequests(int changedKeys) => new(changedKeys, changedKeys);

    public static Target SlowestAfterPurge(TimeSpan bucketLatency) =>
        new(bucketLatency.TotalMilliseconds + 100, bucketLatency.TotalMilliseconds + 20, Unit: " ms");

    public static Target MemoryAfterManyObjects(long cacheLimitBytes) =>
        new((cacheLimitBytes / 1e6) + 120, (cacheLimitBytes / 1e6) + 60, Unit: " MB");
}
