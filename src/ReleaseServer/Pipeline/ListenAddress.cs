using System.Globalization;
using System.Net;

namespace ReleaseServer.Pipeline;

/// <summary>One address to listen on, as settings write it: <c>http://localhost:8080</c>, <c>https://*:443</c>, <c>http://[::1]:0</c>.</summary>
/// <param name="Host">
/// <c>localhost</c> (both loopback addresses), <c>*</c> (every address), an IP address without brackets, or a host's name, which
/// stands for every address as in ASP.NET Core; lower case.
/// </param>
/// <param name="Port">0 to 65,535; 0 lets the system choose.</param>
internal readonly record struct ListenAddress(bool IsHttps, string Host, int Port)
{
    private const string Localhost = "localhost";
    private const string AnyHost = "*";

    public static bool TryParse(string text, out ListenAddress address)
    {
        address = default;
        var isHttps = text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        if (!isHttps && !text.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var authority = text.AsSpan(isHttps ? 8 : 7);
        authority = authority.EndsWith("/") ? authority[..^1] : authority;
        var colon = authority.LastIndexOf(':');
        if (colon <= 0
            || !ushort.TryParse(authority[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || HostOf(authority[..colon]) is not { } host)
        {
            return false;
        }

        address = new ListenAddress(isHttps, host, port);
        return true;
    }

    /// <summary>Whether both cannot be listened on at once, because they share an IP address and the port.</summary>
    public bool Overlaps(in ListenAddress other) => Port == other.Port && Port != 0 && (Host == other.Host || Covers(other) || other.Covers(this));

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(IsHttps ? "https" : "http")}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");

    private bool Covers(in ListenAddress other) => Host switch
    {
        // A socket on [::] takes IPv4 as well.
        AnyHost or "::" => true,
        "0.0.0.0" => !other.Host.Contains(':', StringComparison.Ordinal),
        Localhost => IPAddress.TryParse(other.Host, out var ip) && (ip.Equals(IPAddress.Loopback) || ip.Equals(IPAddress.IPv6Loopback)),
        _ => !IPAddress.TryParse(Host, out _), // a name stands for every address
    };

    private static string? HostOf(ReadOnlySpan<char> host)
    {
        if (host is AnyHost)
        {
            return AnyHost;
        }

        if (host[0] == '[')
        {
            return host[^1] == ']' && IPAddress.TryParse(host[1..^1], out var ip) ? ip.ToString() : null;
        }

        var name = host.ToString();
        return Uri.CheckHostName(name) switch
        {
            UriHostNameType.IPv4 => IPAddress.Parse(name).ToString(),
#pragma warning disable CA1308 // Host names are written in lower case (RFC 9110 §4.2.3).
            UriHostNameType.Dns => name.ToLowerInvariant(),
#pragma warning restore CA1308
            _ => null,
        };
    }
}
