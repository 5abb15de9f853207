using System.Net;
using System.Net.Sockets;

namespace ReleaseServer.Load.Clients;

/// <summary>Takes every connection and whatever is sent on it, and never answers.</summary>
internal sealed class HungListener : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;
    private int _taken;

    public HungListener()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections so far.</summary>
    public int Taken => Volatile.Read(ref _taken);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var taken = new List<Socket>();
        try
        {
            while (true)
            {
                taken.Add(await _listener.AcceptSocketAsync(_end.Token));
                Interlocked.Increment(ref _taken);
            }
        }
        catch (OperationCanceledException)
        {
            taken.ForEach(static socket => socket.Dispose());
        }
    }
}
