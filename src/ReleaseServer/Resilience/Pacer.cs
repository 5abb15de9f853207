namespace ReleaseServer.Resilience;

/// <summary>Holds work that nobody waits for to a rate, so that it takes little from those who wait. Safe for concurrent use.</summary>
/// <remarks>What is taken is paid for afterwards: one large taking delays the next, and never waits for itself.</remarks>
/// <param name="perSecond">Above 0; null for no limit.</param>
/// <param name="time">Measures, and waits.</param>
internal sealed class Pacer(double? perSecond, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _free;

    /// <summary>Waits until earlier takings are paid for, then takes.</summary>
    public async ValueTask TakeAsync(long amount, CancellationToken cancellationToken)
    {
        if (perSecond is not { } rate)
        {
            return;
        }

        TimeSpan wait;
        lock (_lock)
        {
            var now = time.GetElapsedTime(_start);
            var from = _free > now ? _free : now;
            wait = from - now;
            _free = from + TimeSpan.FromSeconds(amount / rate);
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, cancellationToken);
        }
    }
}
