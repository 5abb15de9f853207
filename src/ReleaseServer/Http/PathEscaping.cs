using System.Buffers;
using System.Text;

namespace ReleaseServer.Http;

/// <summary>Percent-encodes decoded paths and names (RFC 3986 §2.1): the UTF-8 bytes, upper-case digits.</summary>
internal static class PathEscaping
{
    /// <summary>Most bytes that one byte of a name becomes.</summary>
    public const int MaxExpansion = 3;

    private const string Unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    // All visible ASCII but "#%<>?\^`{|}, the set that nginx re-escapes in a redirect.
    private const string LocationSafe = Unreserved + "!$&'()*+,/:;=@[]";

    private static readonly SearchValues<char> LocationChars = SearchValues.Create(LocationSafe);
    private static readonly SearchValues<byte> LocationBytes = SearchValues.Create(Encoding.ASCII.GetBytes(LocationSafe));
    private static readonly SearchValues<byte> HrefBytes = SearchValues.Create(Encoding.ASCII.GetBytes(Unreserved));

    /// <summary>Escapes a path for <c>Location</c>; the same string where nothing needs it.</summary>
    public static string ForLocation(string path)
    {
        if (!path.AsSpan().ContainsAnyExcept(LocationChars))
        {
            return path;
        }

        var utf8 = Encoding.UTF8.GetBytes(path);
        var escaped = new byte[utf8.Length * MaxExpansion];
        return Encoding.ASCII.GetString(escaped, 0, Escape(utf8, escaped, LocationBytes));
    }

    /// <summary>Escapes one name for a relative link, slashes included.</summary>
    /// <param name="name">UTF-8.</param>
    /// <param name="escaped">Has room for <see cref="MaxExpansion"/> times the name.</param>
    /// <returns>How many bytes were written.</returns>
    public static int ForHref(ReadOnlySpan<byte> name, Span<byte> escaped) => Escape(name, escaped, HrefBytes);

    private static int Escape(ReadOnlySpan<byte> text, Span<byte> escaped, SearchValues<byte> safe)
    {
        var at = 0;
        while (!text.IsEmpty)
        {
            var plain = text.IndexOfAnyExcept(safe);
            var run = text[..(plain < 0 ? text.Length : plain)];
            run.CopyTo(escaped[at..]);
            at += run.Length;
            text = text[run.Length..];
            if (!text.IsEmpty)
            {
                escaped[at++] = (byte)'%';
                escaped[at++] = "0123456789ABCDEF"u8[text[0] >> 4];
                escaped[at++] = "0123456789ABCDEF"u8[text[0] & 0xF];
                text = text[1..];
            }
        }

        return at;
    }
}
