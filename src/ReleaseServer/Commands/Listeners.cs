using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using ReleaseServer.Admin;
using ReleaseServer.Pipeline;
using ReleaseServer.Telemetry;
using ReleaseServer.Transport;

namespace ReleaseServer.Commands;

/// <summary>Sets Kestrel up: what it listens on, and what it bears (docs/configuration.md, section Server).</summary>
internal static class Listeners
{
    /// <summary>A release server takes no request bodies; this much of one is read so that the connection stays usable after the 405.</summary>
    private const long LongestBodyDrained = 64 * 1024;

    /// <summary>
    /// Time over which a client's reading is measured, and about the longest pause it may make. A machine with small buffers acknowledges in steps: 4 KB a second
    /// with room for 16 KB was none at all for 8 s.
    /// </summary>
    private static readonly TimeSpan ReadingWindow = TimeSpan.FromSeconds(10);

    /// <summary>How the transport treats connections.</summary>
    public static LendingSettings LendingOf(ServerOptions server) =>
        new(new ReadingPace(server.MinResponseBytesPerSecond, ReadingWindow), server.InlineCompletions, TimeProvider.System);

    /// <summary>Sets up Kestrel's own transport, which carries TLS and HTTP/2.</summary>
    /// <remarks>A buffer that is ready saves each receive another one before it, which only waits; an idle connection keeps its 4 KB.</remarks>
    public static void ConfigureSockets(SocketTransportOptions sockets) => sockets.WaitForDataBeforeAllocatingBuffer = false;

    /// <param name="metrics">Counts connections.</param>
    /// <param name="lending">Takes the public addresses of plain HTTP/1.1; null to leave them to Kestrel's own transport.</param>
    /// <param name="certificate">Null where no address is https.</param>
    public static void Configure(
        KestrelServerOptions kestrel, ServerOptions server, ServerCertificate? certificate, LendingTransport? lending, ConnectionMetrics metrics)
    {
        kestrel.AddServerHeader = false;

        // RFC 9112 §3.2.2: the authority of an absolute-form target overrides the Host field; both are ignored here.
        kestrel.AllowHostHeaderOverride = true;

        kestrel.Limits.MaxRequestLineSize = server.MaxRequestLineBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = server.MaxRequestHeadersBytes;
        kestrel.Limits.MaxRequestBodySize = LongestBodyDrained;
        kestrel.Limits.MaxConcurrentConnections = server.MaxConnections;
        kestrel.Limits.MaxRequestBufferSize = Math.Max(1024 * 1024, server.MaxRequestLineBytes);
        kestrel.Limits.KeepAliveTimeout = server.KeepAliveTimeout;
        kestrel.Limits.RequestHeadersTimeout = server.RequestHeadersTimeout;
        kestrel.Limits.MinResponseDataRate = server.MinResponseBytesPerSecond == 0
            ? null
            : new MinDataRate(server.MinResponseBytesPerSecond, ReadingWindow);

        foreach (var url in server.Urls)
        {
            Listen(kestrel, url, Parse(url).IsHttps ? null : lending, listener =>
            {
                listener.Use(metrics.Counting(ListenerKind.Public));
                ListenFor(listener, url, certificate);
                listener.Use(TargetFormReader.Wrap);
            });
        }

        foreach (var url in server.H2cUrls)
        {
            Listen(kestrel, url, lending: null, listener =>
            {
                listener.Use(metrics.Counting(ListenerKind.H2c));
                listener.Protocols = HttpProtocols.Http2;
            });
        }

        foreach (var url in server.AdminUrls)
        {
            Listen(kestrel, url, lending: null, listener =>
            {
                listener.Use(metrics.Counting(ListenerKind.Admin));
                ListenFor(listener, url, certificate);
                listener.Use(static next => connection =>
                {
                    connection.Features.Set(AdminListener.Mark);
                    return next(connection);
                });
            });
        }
    }

    private static void ListenFor(ListenOptions listener, string url, ServerCertificate? certificate)
    {
        listener.Protocols = HttpProtocols.Http1;
        if (Parse(url).IsHttps)
        {
            listener.Protocols = HttpProtocols.Http1AndHttp2;
            listener.UseHttps(new TlsHandshakeCallbackOptions
            {
                // Kestrel adds the protocols.
                OnConnection = static handshake => ValueTask.FromResult(((ServerCertificate)handshake.State!).ForHandshake()),
                OnConnectionState = certificate,
            });
        }
    }

    private static void Listen(KestrelServerOptions kestrel, string url, LendingTransport? lending, Action<ListenOptions> configure)
    {
        var address = Parse(url);
        if (address.Host == "localhost" && address.Port != 0)
        {
            lending?.TakeLocalhost(address.Port);
            kestrel.ListenLocalhost(address.Port, configure);
            return;
        }

        // A port that the system chooses cannot be the same on both loopback addresses.
        var ip = address.Host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(address.Host, out var literal) ? literal : null;
        if (lending is not null)
        {
            kestrel.Listen(new LendingEndPoint(ip ?? IPAddress.IPv6Any, address.Port), configure);
        }
        else if (ip is not null)
        {
            kestrel.Listen(ip, address.Port, configure);
        }
        else
        {
            // As ASP.NET does: a name of our own says nothing of which address it is reached on.
            kestrel.ListenAnyIP(address.Port, configure);
        }
    }

    private static ListenAddress Parse(string url) =>
        ListenAddress.TryParse(url, out var address) ? address : throw new InvalidOperationException($"'{url}' passed validation but is no address");
}
