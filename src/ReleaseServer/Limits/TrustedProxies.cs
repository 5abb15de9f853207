using System.Net;
using System.Net.Sockets;

namespace ReleaseServer.Limits;

/// <summary>The networks of proxies whose word for a client's address is taken. Immutable.</summary>
internal sealed class TrustedProxies(IEnumerable<string> networks)
{
    private readonly IPNetwork[] _networks = [.. networks.Select(static text => TryParse(text, out var network)
        ? network
        : throw new ArgumentException($"'{text}' is no network", nameof(networks)))];

    /// <summary>Reads a network in CIDR notation, or a single address.</summary>
    public static bool TryParse(string text, out IPNetwork network)
    {
        if (IPNetwork.TryParse(text, out network))
        {
            return true;
        }

        if (!IPAddress.TryParse(text, out var address))
        {
            return false;
        }

        network = new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
        return true;
    }

    /// <param name="address">Not IPv4 written as IPv6.</param>
    public bool Contains(IPAddress address)
    {
        foreach (var network in _networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }
}
