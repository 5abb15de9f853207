namespace ReleaseServer.Testing.Time;

/// <summary>The system's clock, moved on by a test: what is kept grows old at once, and waits take their time. Safe for concurrent use.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private long _shift;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;

    public override long GetTimestamp() => System.GetElapsedTime(0).Ticks + Shift.Ticks;

    /// <summary>Moves it. Timers that run already are not moved.</summary>
    public void Advance(TimeSpan time) => Interlocked.Add(ref _shift, time.Ticks);

    private TimeSpan Shift => new(Interlocked.Read(ref _shift));
}
