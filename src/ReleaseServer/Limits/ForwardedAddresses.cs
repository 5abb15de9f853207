using System.Net;
using Microsoft.Extensions.Primitives;

namespace ReleaseServer.Limits;

/// <summary>Reads which address a client has, according to the proxies between.</summary>
internal static class ForwardedAddresses
{
    /// <summary>
    /// The rightmost address that is no trusted proxy's: each proxy appends whom it was asked by, so what stands left of that is the word of
    /// somebody unknown.
    /// </summary>
    /// <param name="peer">Who has the connection.</param>
    /// <param name="lines">All lines of the field, in their order.</param>
    /// <returns>The last trusted proxy where what it says is no address.</returns>
    public static IPAddress ClientOf(IPAddress peer, StringValues lines, ForwardedField field, TrustedProxies trusted)
    {
        var client = peer;
        var text = lines.ToString().AsSpan();
        while (trusted.Contains(client) && text.Length > 0)
        {
            var comma = LastComma(text, respectsQuotes: field == ForwardedField.Forwarded);
            var element = text[(comma + 1)..].Trim(" \t");
            text = text[..Math.Max(comma, 0)];
            if (element.IsEmpty)
            {
                // An empty element of a list counts for nothing (RFC 9110 §5.6.1.2).
                continue;
            }

            if (!TryReadNode(field == ForwardedField.Forwarded ? ForOf(element) : element, out var address))
            {
                break;
            }

            client = address;
        }

        return client;
    }

    /// <summary>Reads an address as proxies write it: with or without a port, IPv6 with or without brackets (RFC 7239 §6).</summary>
    public static bool TryReadNode(ReadOnlySpan<char> node, out IPAddress address)
    {
        if (node.StartsWith("[") && node.IndexOf(']') is > 0 and var bracket)
        {
            node = node[1..bracket];
        }
        else if (node.Count(':') == 1)
        {
            node = node[..node.IndexOf(':')];
        }

        // "1" is an address as well, to those who wrote inet_aton(3).
        if (!node.ContainsAny('.', ':') || !IPAddress.TryParse(node, out var read))
        {
            address = IPAddress.None;
            return false;
        }

        address = read.IsIPv4MappedToIPv6 ? read.MapToIPv4() : read;
        return true;
    }

    private static int LastComma(ReadOnlySpan<char> text, bool respectsQuotes)
    {
        var isQuoted = false;
        for (var i = text.Length - 1; i >= 0; i--)
        {
            if (text[i] == '"' && respectsQuotes && !(i > 0 && text[i - 1] == '\\'))
            {
                isQuoted = !isQuoted;
            }
            else if (text[i] == ',' && !isQuoted)
            {
                return i;
            }
        }

        return -1;
    }

    // The parameter "for" of an element (RFC 7239 §4); empty where it has none. No address has a semicolon in it, so quotes do not matter.
    private static ReadOnlySpan<char> ForOf(ReadOnlySpan<char> element)
    {
        foreach (var part in element.Split(';'))
        {
            var pair = element[part].Trim(" \t");
            if (pair.StartsWith("for=", StringComparison.OrdinalIgnoreCase))
            {
                return pair["for=".Length..].Trim('"');
            }
        }

        return default;
    }
}
