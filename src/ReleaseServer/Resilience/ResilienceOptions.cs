using ReleaseServer.Buckets;

namespace ReleaseServer.Resilience;

/// <summary>What is done about buckets that fail: all sections beneath <c>Bucket</c>.</summary>
internal sealed class ResilienceOptions
{
    /// <summary>The section that lists replicas.</summary>
    public const string ReplicasSection = "Bucket:Replicas";

    public RetryOptions Retry { get; set; } = new();

    public BreakerOptions Breaker { get; set; } = new();

    public ConcurrencyOptions Concurrency { get; set; } = new();

    public ReplicationOptions Replication { get; set; } = new();

    /// <summary>Buckets with the same objects, in the order in which they are asked when those before them fail.</summary>
    public IReadOnlyList<BucketOptions> Replicas { get; set; } = [];
}

/// <summary>When a failed read is tried again. Section <c>Bucket:Retry</c>.</summary>
internal sealed class RetryOptions
{
    public const string Section = "Bucket:Retry";

    /// <summary>Tries for one read of one bucket, the first included, 1 to 10; 1 for none but the first, and no body is resumed. Default 3.</summary>
    public int Attempts { get; set; } = 3;

    /// <summary>
    /// As <see cref="Attempts"/>, while at least one in four of the last requests to the bucket succeeded, 1 to 20. Default 8: of reads that
    /// fail one time in five, three in a million then fail for good.
    /// </summary>
    public int FlakyAttempts { get; set; } = 8;

    /// <summary>About how long the wait before the second try is; it doubles with each, jittered. 1 ms to 10 s. Default 25 ms.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Longest wait before a try, unless the bucket asks for more, 1 ms to 1 min. Default 250 ms.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Time for all tries of one read before its first byte, over all buckets, 100 ms to 5 min: no further try begins that could end later.
    /// Default 2.5 s.
    /// </summary>
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromMilliseconds(2500);

    /// <summary>Most retries in any 10 s, in percent of requests to the bucket, 0 to 100. Default 10.</summary>
    public int BudgetPercent { get; set; } = 10;

    /// <summary>Retries a second that are allowed however few the requests are, 0 to 1000. Default 1.</summary>
    public int BudgetFloor { get; set; } = 1;

    /// <summary>
    /// A read that has waited longer than so many percent of the last ones did is asked a second time beside the first, 50 to 99; 0, the default,
    /// for only where the bucket hangs at times.
    /// </summary>
    public int HedgePercentile { get; set; }
}

/// <summary>When a bucket counts as down. Section <c>Bucket:Breaker</c>.</summary>
internal sealed class BreakerOptions
{
    public const string Section = "Bucket:Breaker";

    /// <summary>
    /// Failures in a row that open the breaker, 1 to 1000; one that took 500 ms or longer, without any success meanwhile, counts five.
    /// Default 10: a bucket that fails one request in five at random gets there once in ten million requests.
    /// </summary>
    public int Failures { get; set; } = 10;

    /// <summary>Time between two probes of a bucket that is down, 1 s to 5 min. Default 1 s.</summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(1);
}

/// <summary>Most requests of each kind that wait for one bucket's answer; as many more wait for their turn. Section <c>Bucket:Concurrency</c>.</summary>
internal sealed class ConcurrencyOptions
{
    public const string Section = "Bucket:Concurrency";

    /// <summary>Objects and catalog documents, until the response head, 1 to 1,000,000. Default 4096.</summary>
    public int Files { get; set; } = 4096;

    /// <summary>Listings, until their last page, 1 to 100,000. Default 64.</summary>
    public int Listings { get; set; } = 64;

    /// <summary>What every node polls: generation, links, purges; 1 to 100,000. Default 32.</summary>
    public int Control { get; set; } = 32;
}

/// <summary>How replicas are watched. Section <c>Bucket:Replication</c>.</summary>
internal sealed class ReplicationOptions
{
    public const string Section = "Bucket:Replication";

    /// <summary>Time between two looks at each bucket's generation, where there are replicas, 100 ms to 1 h. Default 5 s.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a replica may lag behind before an operator is told, 0 to 7 d. Default 5 min.</summary>
    public TimeSpan MaxLag { get; set; } = TimeSpan.FromMinutes(5);
}
