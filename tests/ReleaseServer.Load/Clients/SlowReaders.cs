using System.Net;
using System.Net.Sockets;

namespace ReleaseServer.Load.Clients;

/// <summary>Clients that ask for a large object and read a few kilobytes of it each second.</summary>
internal sealed class SlowReaders : IDisposable
{
    private const int BytesPerSecond = 4096;
    private readonly List<Socket> _sockets = [];

    /// <summary>Connects, asks, and reads until the time is over.</summary>
    /// <returns>How many the server has closed meanwhile.</returns>
    public async Task<int> RunAsync(IPEndPoint server, string path, int count, TimeSpan duration, CancellationToken cancellationToken)
    {
        var request = HttpRequest.Get(path);
        for (var number = 0; number < count; number++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            {
                ReceiveBufferSize = 4 * BytesPerSecond,
                LingerState = new LingerOption(true, 0),
            };
            _sockets.Add(socket);
            await socket.ConnectAsync(server, cancellationToken);
            await socket.SendAsync(request.Bytes, cancellationToken);
        }

        var started = TimeProvider.System.GetTimestamp();
        var closed = await Task.WhenAll(_sockets.Select(async socket =>
        {
            var buffer = new byte[BytesPerSecond];
            try
            {
                do
                {
                    if (await socket.ReceiveAsync(buffer, cancellationToken) == 0)
                    {
                        return 1;
                    }

                    await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
                }
                while (TimeProvider.System.GetElapsedTime(started) < duration);
                return 0;
            }
            catch (SocketException)
            {
                return 1;
            }
        }));
        return closed.Sum();
    }

    public void Dispose() => _sockets.ForEach(static socket => socket.Dispose());
}
