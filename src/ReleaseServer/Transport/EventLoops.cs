namespace ReleaseServer.Transport;

/// <summary>As many event loops as there are processors; connections go to them in turn. Safe for concurrent use.</summary>
internal sealed class EventLoops : IDisposable
{
    private readonly EventLoop[] _loops = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(static number => new EventLoop(number))];
    private uint _next;
    private int _isDisposed;

    public EventLoop Next() => _loops[Interlocked.Increment(ref _next) % (uint)_loops.Length];

    /// <summary>Ends once every loop has come round to it.</summary>
    public Task ProbeAsync(CancellationToken cancellationToken) => Task.WhenAll(_loops.Select(loop => loop.ProbeAsync(cancellationToken)));

    public void Dispose()
    {
        // The container disposes a service once for each type that it is registered by.
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            foreach (var loop in _loops)
            {
                loop.Dispose();
            }
        }
    }
}
