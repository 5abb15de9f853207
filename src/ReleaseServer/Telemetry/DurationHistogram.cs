using System.Diagnostics.Metrics;

namespace ReleaseServer.Telemetry;

/// <summary>How many durations fell into which range. Safe for concurrent use; counting allocates nothing and takes no lock.</summary>
/// <remarks>For what happens at most some thousand times a second; requests have <see cref="RequestMetrics"/>.</remarks>
internal sealed class DurationHistogram
{
    private readonly long[] _counts = new long[DurationBuckets.Count];
    private long _sum;
    private (Histogram<double> Instrument, KeyValuePair<string, object?>[] Labels)? _forward;

    public void Observe(TimeSpan duration)
    {
        Interlocked.Increment(ref _counts[DurationBuckets.IndexOf(duration.Ticks)]);
        Interlocked.Add(ref _sum, duration.Ticks);
        if (_forward is { Instrument.Enabled: true } forward)
        {
            forward.Instrument.Record(duration.TotalSeconds, forward.Labels);
        }
    }

    /// <summary>Has each duration told to an instrument as well, for whoever listens to that. To be called before the first is observed.</summary>
    public void ForwardTo(Histogram<double> instrument, params KeyValuePair<string, object?>[] labels) => _forward = (instrument, labels);

    public HistogramValue Read()
    {
        var counts = new long[_counts.Length];
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = Interlocked.Read(ref _counts[i]);
        }

        return new HistogramValue(counts, TimeSpan.FromTicks(Interlocked.Read(ref _sum)).TotalSeconds);
    }
}

/// <summary>What a histogram has counted.</summary>
/// <param name="Counts">Of each range of <see cref="DurationBuckets"/> alone, the last of what is longer than all bounds.</param>
/// <param name="Sum">Of all durations, in seconds.</param>
internal readonly record struct HistogramValue(long[] Counts, double Sum);

/// <summary>The ranges that all durations are counted by: from a ready answer to a long download over a slow line.</summary>
internal static class DurationBuckets
{
    private static readonly double[] UpperBounds =
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120, 600];

    private static readonly long[] UpperTicks = [.. UpperBounds.Select(static seconds => (long)(seconds * TimeSpan.TicksPerSecond))];

    /// <summary>Seconds, rising; a duration belongs to the first that is not less.</summary>
    public static IReadOnlyList<double> Bounds => UpperBounds;

    /// <summary>How many ranges there are: one more than bounds.</summary>
    public static int Count => UpperTicks.Length + 1;

    /// <summary>The range of a duration.</summary>
    /// <param name="ticks">Of 100 ns.</param>
    public static int IndexOf(long ticks)
    {
        var bounds = UpperTicks;
        for (var i = 0; i < bounds.Length; i++)
        {
            if (ticks <= bounds[i])
            {
                return i;
            }
        }

        return bounds.Length;
    }
}
