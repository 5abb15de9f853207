namespace ReleaseServer.Resilience;

/// <summary>How long the last reads took, but for the slowest. Safe for concurrent use.</summary>
/// <param name="percentile">1 to 99.</param>
internal sealed class LatencyPercentile(int percentile)
{
    /// <summary>As many are looked at; until there are so many nothing is known.</summary>
    public const int Reads = 128;

    private const int BetweenUpdates = 32;

    private readonly Lock _lock = new();
    private readonly long[] _ticks = new long[Reads];
    private int _count;
    private long _current = -1;

    /// <summary>Null while nothing is known.</summary>
    public TimeSpan? Current => Volatile.Read(ref _current) is >= 0 and var ticks ? new TimeSpan(ticks) : null;

    public void Add(TimeSpan latency)
    {
        lock (_lock)
        {
            _ticks[_count++ % Reads] = latency.Ticks;
            if (_count < Reads || _count % BetweenUpdates != 0)
            {
                return;
            }

            var sorted = (long[])_ticks.Clone();
            Array.Sort(sorted);
            Volatile.Write(ref _current, sorted[Reads * percentile / 100]);
            // Only where it stands in the ring counts from here on.
            _count = Reads + (_count % Reads);
        }
    }
}
