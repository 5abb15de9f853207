using System.Net;
using System.Net.Sockets;

namespace ReleaseServer.Load.Clients;

/// <summary>Clients that send their request's head a byte a second, and never its end (slowloris).</summary>
internal sealed class SlowHeads : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private static readonly byte[] Beginning = "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "u8.ToArray();

    private readonly List<Socket> _sockets = [];

    /// <summary>Connects all, and drips until the server has closed each, or the time is over.</summary>
    /// <returns>For each client, how long its connection lived; as long as <paramref name="limit"/> where it lives still.</returns>
    public async Task<IReadOnlyList<TimeSpan>> RunAsync(IPEndPoint server, int count, TimeSpan limit, CancellationToken cancellationToken)
    {
        for (var number = 0; number < count; number++)
        {
            _sockets.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0), NoDelay = true });
        }

        return await Task.WhenAll(_sockets.Select(socket => DripAsync(socket, server, limit, cancellationToken)));
    }

    public void Dispose() => _sockets.ForEach(static socket => socket.Dispose());

    private static async Task<TimeSpan> DripAsync(Socket socket, IPEndPoint server, TimeSpan limit, CancellationToken cancellationToken)
    {
        await socket.ConnectAsync(server, cancellationToken);
        var started = TimeProvider.System.GetTimestamp();
        var closed = AwaitCloseAsync(socket, cancellationToken);
        try
        {
            await socket.SendAsync(Beginning, cancellationToken);
            while (TimeProvider.System.GetElapsedTime(started) < limit)
            {
                if (await Task.WhenAny(closed, Task.Delay(Pause, TimeProvider.System, cancellationToken)) == closed)
                {
                    return TimeProvider.System.GetElapsedTime(started);
                }

                await socket.SendAsync("x"u8.ToArray(), cancellationToken);
            }

            return limit;
        }
        catch (SocketException)
        {
            return TimeProvider.System.GetElapsedTime(started);
        }
    }

    // A refusal (408) may come first.
    private static async Task AwaitCloseAsync(Socket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[512];
        try
        {
            while (await socket.ReceiveAsync(buffer, cancellationToken) > 0)
            {
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Closed as well.
        }
    }
}
