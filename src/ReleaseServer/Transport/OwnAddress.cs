using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace ReleaseServer.Transport;

/// <summary>How this process reaches itself through its public address.</summary>
internal static class OwnAddress
{
    /// <summary>TLS with whoever answers: it is this very process, asked by an address for which no certificate is made out.</summary>
    public static SslClientAuthenticationOptions Tls => new() { RemoteCertificateValidationCallback = Trust };

    /// <summary>The first public address. Only once the server listens.</summary>
    public static Uri Of(IServer server) => Of(server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());

    /// <param name="address">As Kestrel tells it, such as <c>http://[::]:8080</c>; one for all addresses is asked as this machine's own.</param>
    public static Uri Of(string address)
    {
        var listening = new Uri(address.Replace("*", "localhost", StringComparison.Ordinal));
        var isAny = IPAddress.TryParse(listening.DnsSafeHost, out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any));
        return isAny ? new UriBuilder(listening) { Host = "localhost" }.Uri : listening;
    }

    private static bool Trust(object sender, object? certificate, object? chain, SslPolicyErrors errors) => true;
}
