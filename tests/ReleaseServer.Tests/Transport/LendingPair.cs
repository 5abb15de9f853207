using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using ReleaseServer.Transport;

namespace ReleaseServer.Tests.Transport;

/// <summary>A client and the connection that the transport has accepted of it, without Kestrel.</summary>
internal sealed class LendingPair : IAsyncDisposable
{
    private readonly EventLoops _loops;

    private LendingPair(EventLoops loops, LendingListener listener, Socket client, ConnectionContext connection) =>
        (_loops, Listener, Client, Connection) = (loops, listener, client, connection);

    public LendingListener Listener { get; }

    public Socket Client { get; }

    public ConnectionContext Connection { get; }

    /// <param name="pool">Where the connection's buffers are from.</param>
    public static async Task<LendingPair> ConnectAsync(MemoryPool<byte> pool, CancellationToken cancellationToken)
    {
        var loops = new EventLoops();
        var listener = LendingListener.Bind(
            new LendingEndPoint(IPAddress.Loopback, 0),
            pool,
            loops,
            new LendingSettings(new ReadingPace(0, TimeSpan.Zero), Inline: true, TimeProvider.System));
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var accepting = listener.AcceptAsync(cancellationToken);
        await client.ConnectAsync(listener.EndPoint, cancellationToken);
        return new LendingPair(loops, listener, client, (await accepting)!);
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await Listener.DisposeAsync();
        _loops.Dispose();
        Client.Dispose();
    }
}
