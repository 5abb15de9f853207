using ReleaseServer.Telemetry;

namespace ReleaseServer.Origin;

/// <summary>Counts the requests to one origin; checks are none. Safe for concurrent use.</summary>
internal sealed class OriginCounts
{
    private long _answered;
    private long _failed;
    private long _resumed;

    /// <summary>Requests whose answer could be passed on.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Failures: no answer, one that is of no use, and bodies that broke off.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Bodies that broke off elsewhere or here, and went on from here.</summary>
    public long Resumed => Interlocked.Read(ref _resumed);

    /// <summary>From the request to the head of an answer that could be passed on.</summary>
    public DurationHistogram Durations { get; } = new();

    public void CountAnswer(TimeSpan took)
    {
        Interlocked.Increment(ref _answered);
        Durations.Observe(took);
    }

    public void CountFailure() => Interlocked.Increment(ref _failed);

    public void CountResume() => Interlocked.Increment(ref _resumed);
}
