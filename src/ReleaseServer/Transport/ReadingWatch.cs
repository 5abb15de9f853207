namespace ReleaseServer.Transport;

/// <summary>Finds clients that take their response too slowly, by the bytes their machine has acknowledged. Not safe for concurrent use.</summary>
/// <remarks>
/// Kestrel's own limit sees only that a flush is pending, not that bytes of it flow, and would drop a slow client in the middle of a large
/// loan after its grace period. Called about once a second for a connection, so the windows begin and end as late as that.
/// </remarks>
internal sealed class ReadingWatch(ReadingPace pace, TimeProvider clock)
{
    private int _flush;
    private long _start;
    private long _acknowledged;

    /// <param name="flush">Number of the flush that is pending; 0 for none, and no time runs.</param>
    /// <param name="acknowledged">Bytes of the connection that the client has acknowledged so far.</param>
    public bool IsTooSlow(int flush, long acknowledged)
    {
        var now = clock.GetTimestamp();
        if (flush != _flush)
        {
            Restart(flush, now, acknowledged);
            return false;
        }

        var elapsed = clock.GetElapsedTime(_start, now);
        if (flush == 0 || elapsed < pace.Window)
        {
            return false;
        }

        var isTooSlow = acknowledged - _acknowledged < pace.BytesPerSecond * elapsed.TotalSeconds;
        Restart(flush, now, acknowledged);
        return isTooSlow;
    }

    private void Restart(int flush, long now, long acknowledged) => (_flush, _start, _acknowledged) = (flush, now, acknowledged);
}
