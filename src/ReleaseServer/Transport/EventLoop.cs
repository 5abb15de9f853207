using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace ReleaseServer.Transport;

/// <summary>One thread that waits for the events of its sockets and hands them to the connections.</summary>
/// <remarks>What a connection does about an event, it does on this thread, and holds up all others of the loop: <see cref="EventThread"/>.</remarks>
internal sealed class EventLoop : IDisposable
{
    private const int EventsAtOnce = 256;
    private const long EndOfLoop = -1;
    private const long ProbeOfLoop = -2;

    private readonly SafeFileHandle _epoll = Epoll.Create();
    private readonly Lock _adding = new();
    private readonly Stack<int> _free = new();

    /// <summary>Can be written to at once, which is the event that ends the loop.</summary>
    private readonly Socket _end = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private LendingConnection?[] _connections = new LendingConnection?[64];
    private int _count;
    private TaskCompletionSource? _probe;

    public EventLoop(int number) =>
        new Thread(Run) { IsBackground = true, Name = $"sockets {number}" }.Start();

    /// <summary>Tells a connection of the events of its socket from now on.</summary>
    /// <returns>Its place, for <see cref="Remove"/>.</returns>
    /// <exception cref="System.ComponentModel.Win32Exception">The system watches no more sockets.</exception>
    public int Add(LendingConnection connection)
    {
        int place;
        lock (_adding)
        {
            if (!_free.TryPop(out place))
            {
                place = _count++;
                if (place == _connections.Length)
                {
                    var longer = new LendingConnection?[2 * place];
                    _connections.CopyTo(longer, 0);
                    Volatile.Write(ref _connections, longer);
                }
            }

            _connections[place] = connection;
        }

        try
        {
            Epoll.Watch(_epoll, connection.Socket.SafeHandle, place);
            return place;
        }
        catch
        {
            Remove(place);
            throw;
        }
    }

    /// <summary>Called when the socket is closed. An event of it that is under way may yet reach the place's next connection, to which it is no harm.</summary>
    public void Remove(int place)
    {
        lock (_adding)
        {
            _connections[place] = null;
            _free.Push(place);
        }
    }

    /// <summary>Ends once the thread has come round to it: soon, unless something holds it up. One probe at a time; another one awaits the same.</summary>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        var probe = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _probe, probe, null) is { } pending)
        {
            await pending.Task.WaitAsync(cancellationToken);
            return;
        }

        // Can be written to at once, which is an event; it is no longer watched when it is closed.
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        Epoll.Watch(_epoll, socket.SafeHandle, ProbeOfLoop);
        await probe.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Ends the thread, after what it is doing.</summary>
    public void Dispose() => Epoll.Watch(_epoll, _end.SafeHandle, EndOfLoop);

    private void Run()
    {
        Span<byte> events = stackalloc byte[EventsAtOnce * Epoll.EventSize];
        for (var isOver = false; !isOver;)
        {
            var count = Epoll.Wait(_epoll, events);
            for (var i = 0; i < count; i++)
            {
                var (what, place) = Epoll.Read(events, i);
                if (place == EndOfLoop)
                {
                    isOver = true;
                }
                else if (place == ProbeOfLoop)
                {
                    Interlocked.Exchange(ref _probe, null)?.SetResult();
                }
                else
                {
                    Volatile.Read(ref _connections)[place]?.Tell(what);
                }
            }
        }

        _epoll.Dispose();
        _end.Dispose();
    }
}
