using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace ReleaseServer.Caching;

/// <summary>Spells surrogate keys for the outside: in the field of an answer and in calls to a CDN, which must be the same to the letter.</summary>
internal static class SurrogateKeyText
{
    /// <summary>Longest text, in characters; Cloudflare takes no longer tag.</summary>
    public const int MaxLength = 1024;

    private const int DigestLength = 16;

    // Visible ASCII but the comma and the space, which part tags in fields, and the percent sign, which begins an escape.
    private static readonly SearchValues<char> Plain =
        SearchValues.Create([.. Enumerable.Range(0x21, 0x5E).Select(static code => (char)code).Where(static character => character is not (',' or '%'))]);

    private static readonly SearchValues<byte> PlainBytes =
        SearchValues.Create([.. Enumerable.Range(0x21, 0x5E).Select(static code => (byte)code).Where(static value => value is not ((byte)',' or (byte)'%'))]);

    /// <summary>
    /// The key with its UTF-8 bytes outside the plain set percent-encoded, in upper-case digits. Too long a text is cut and ends in a tilde
    /// and digits of its digest, so that two keys do not become one.
    /// </summary>
    public static string Escape(SurrogateKey surrogateKey)
    {
        var text = surrogateKey.ToString();
        var escaped = text.AsSpan().ContainsAnyExcept(Plain) ? EscapeBytes(Encoding.UTF8.GetBytes(text)) : text;
        return escaped.Length <= MaxLength ? escaped : Cut(escaped);
    }

    private static string EscapeBytes(ReadOnlySpan<byte> utf8)
    {
        var escaped = new StringBuilder(utf8.Length * 2);
        foreach (var value in utf8)
        {
            if (PlainBytes.Contains(value))
            {
                escaped.Append((char)value);
            }
            else
            {
                escaped.Append('%').Append("0123456789ABCDEF"[value >> 4]).Append("0123456789ABCDEF"[value & 0xF]);
            }
        }

        return escaped.ToString();
    }

    private static string Cut(string escaped)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(escaped)));
        return $"{escaped.AsSpan(0, MaxLength - DigestLength - 1)}~{digest.AsSpan(0, DigestLength)}";
    }
}
