using System.Collections.Concurrent;

namespace ReleaseServer.Transport;

/// <summary>Sends for use again, so that a connection holds one only while it sends. Safe for concurrent use.</summary>
internal sealed class SocketSendPool : IDisposable
{
    /// <summary>Kept at most; more than are ever in flight on fast clients. Each is half a kilobyte.</summary>
    private const int Most = 1024;

    private readonly ConcurrentQueue<SocketSend> _free = new();
    private int _count;
    private volatile bool _isDisposed;

    public SocketSend Rent()
    {
        if (_free.TryDequeue(out var send))
        {
            Interlocked.Decrement(ref _count);
            return send;
        }

        return new SocketSend();
    }

    public void Return(SocketSend send)
    {
        if (_isDisposed || Interlocked.Increment(ref _count) > Most)
        {
            Interlocked.Decrement(ref _count);
            send.Dispose();
            return;
        }

        send.Clear();
        _free.Enqueue(send);
    }

    public void Dispose()
    {
        _isDisposed = true;
        while (_free.TryDequeue(out var send))
        {
            send.Dispose();
        }
    }
}
