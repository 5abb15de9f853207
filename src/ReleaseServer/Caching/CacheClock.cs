namespace ReleaseServer.Caching;

/// <summary>Time for freshness: ticks of <see cref="TimeSpan"/> that only go forward, whatever is done to the machine's clock.</summary>
internal sealed class CacheClock(TimeProvider time)
{
    private readonly double _ticksPerUnit = TimeSpan.TicksPerSecond / (double)time.TimestampFrequency;
    private readonly long _start = time.GetTimestamp();

    /// <summary>Ticks since this clock was made.</summary>
    public long Now => (long)((time.GetTimestamp() - _start) * _ticksPerUnit);

    /// <summary>For what is kept over restarts.</summary>
    public DateTimeOffset UtcNow => time.GetUtcNow();

    /// <summary>For waits.</summary>
    public TimeProvider Time => time;
}
