using System.Net.Sockets;

namespace ReleaseServer.Transport;

/// <summary>
/// The connections of a client of ours: who is asked answers himself, without redirects, cookies or proxies, and every failure of the
/// network is a <see cref="HttpRequestException"/>.
/// </summary>
internal sealed class OutboundHandler : DelegatingHandler
{
    /// <param name="configure">Changes what is different for this client.</param>
    public OutboundHandler(Action<SocketsHttpHandler>? configure = null)
    {
        var connections = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            // A connection keeps the address it was made to; a peer that moves in DNS is followed within minutes.
            PooledConnectionLifetime = TimeSpan.FromMinutes(3),
        };
        configure?.Invoke(connections);
        InnerHandler = connections;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (SocketException exception)
        {
            // The runtime (seen in 10.0) looks for the peer's address of a connection just made, and finds it reset already. Any later it
            // would have been this.
            throw new HttpRequestException(
                HttpRequestError.ResponseEnded, "The connection was reset as soon as it was made", new IOException(exception.Message, exception));
        }
    }
}
