using System.Net.Sockets;
using ReleaseServer.Transport;

namespace ReleaseServer.Supervision;

/// <summary>That a public address takes a new connection and answers on it.</summary>
internal sealed class ListenerLifeSign : IDisposable
{
    private readonly HttpMessageInvoker _client;
    private readonly Uri _address;

    /// <param name="address">As Kestrel tells it, such as <c>http://[::]:8080</c>.</param>
    public ListenerLifeSign(string address)
    {
        _address = OwnAddress.Of(address);
        _client = new HttpMessageInvoker(new OutboundHandler(static connections =>
        {
            connections.PooledConnectionLifetime = TimeSpan.Zero;
            connections.SslOptions = OwnAddress.Tls;
        }));
    }

    public LifeSign Sign => new($"the address {_address.GetLeftPart(UriPartial.Authority)}", ProveAsync);

    public void Dispose() => _client.Dispose();

    private async Task ProveAsync(CancellationToken cancellationToken)
    {
        // Answered by the chain itself, whatever the site and the bucket.
        using var request = new HttpRequestMessage(HttpMethod.Options, _address);
        request.Headers.UserAgent.ParseAdd("ReleaseServer-watchdog");
        try
        {
            using var response = await _client.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException exception) when (
            exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset }
            || exception.HttpRequestError is HttpRequestError.ResponseEnded or HttpRequestError.SecureConnectionError or HttpRequestError.Unknown)
        {
            // Taken and closed at once, as all are beyond Server:MaxConnections: a full server is alive.
        }
    }
}
