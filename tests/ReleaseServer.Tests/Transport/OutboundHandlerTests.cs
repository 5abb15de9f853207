using System.Net;
using System.Net.Sockets;
using ReleaseServer.Transport;

namespace ReleaseServer.Tests.Transport;

public sealed class OutboundHandlerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SendAsync_ResetBeforeTheRequest_FailsAsABrokenAnswer()
    {
        using var peer = new TcpListener(IPAddress.Loopback, 0);
        peer.Start();
        using var client = new HttpMessageInvoker(new OutboundHandler(connections => connections.ConnectCallback = (_, _) => ConnectAndResetAsync(peer)));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{peer.LocalEndpoint}/");

        var exception = await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(request, Token));

        Assert.Equal(HttpRequestError.ResponseEnded, exception.HttpRequestError);
        Assert.IsType<IOException>(exception.InnerException);
    }

    private static async ValueTask<Stream> ConnectAndResetAsync(TcpListener peer)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(peer.LocalEndpoint, Token);
        using (var accepted = await peer.AcceptSocketAsync(Token))
        {
            accepted.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        // Until the reset has arrived.
        Assert.True(socket.Poll(TimeSpan.FromSeconds(30), SelectMode.SelectError));
        return new NetworkStream(socket, ownsSocket: true);
    }
}
