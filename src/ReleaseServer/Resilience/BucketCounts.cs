using ReleaseServer.Telemetry;

namespace ReleaseServer.Resilience;

/// <summary>What came of one question to a bucket.</summary>
internal enum BucketOutcome
{
    /// <summary>An answer, be it that there is no such object.</summary>
    Answered,

    /// <summary>The object is another version than was asked for.</summary>
    Changed,

    /// <summary>None that can be used.</summary>
    Failed,

    /// <summary>It was not asked: it is down, or too many wait for it.</summary>
    Refused,

    /// <summary>Whoever asked has left.</summary>
    Abandoned,
}

/// <summary>Counts the questions to one bucket, each try for itself. Safe for concurrent use.</summary>
internal sealed class BucketCounts
{
    private readonly long[] _outcomes = new long[Enum.GetValues<BucketOutcome>().Length];

    /// <summary>From the question to the head of the answer, or to the failure.</summary>
    public DurationHistogram Durations { get; } = new();

    public long this[BucketOutcome outcome] => Interlocked.Read(ref _outcomes[(int)outcome]);

    public void Add(BucketOutcome outcome) => Interlocked.Increment(ref _outcomes[(int)outcome]);

    public void Add(BucketOutcome outcome, TimeSpan took)
    {
        Add(outcome);
        Durations.Observe(took);
    }
}
