using System.Buffers;
using System.Text;

namespace ReleaseServer.Http;

/// <summary>Percent-encodes decoded paths and names (RFC 3986 §2.1): the UTF-8 bytes, upper-case digits.</summary>
internal static class PathEscaping
{
    private const string Unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    private const string UpperHex = "0123456789ABCDEF";
    private const int StackBytes = 512;

    // All visible ASCII but "#%<>?\^`{|}, the set that nginx re-escapes in a redirect.
    private const string LocationSafe = Unreserved + "!$&'()*+,/:;=@[]";

    private static readonly SearchValues<char> LocationChars = SearchValues.Create(LocationSafe);
    private static readonly SearchValues<char> HrefChars = SearchValues.Create(Unreserved);

    /// <summary>Escapes a path for <c>Location</c>; the same string where nothing needs it.</summary>
    public static string ForLocation(string path) => Escape(path, LocationChars);

    /// <summary>Escapes one name for a relative link, slashes included; the same string where nothing needs it.</summary>
    public static string ForHref(string name) => Escape(name, HrefChars);

    private static string Escape(string text, SearchValues<char> safe)
    {
        if (!text.AsSpan().ContainsAnyExcept(safe))
        {
            return text;
        }

        byte[]? rented = null;
        var size = Encoding.UTF8.GetByteCount(text);
        var bytes = size <= StackBytes ? stackalloc byte[StackBytes] : rented = ArrayPool<byte>.Shared.Rent(size);
        bytes = bytes[..Encoding.UTF8.GetBytes(text, bytes)];
        var escapes = 0;
        foreach (var value in bytes)
        {
            escapes += safe.Contains((char)value) ? 0 : 1;
        }

        var escaped = string.Create(size + (2 * escapes), new Escaping(bytes, safe), static (target, state) => state.Write(target));
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return escaped;
    }

    private readonly ref struct Escaping(ReadOnlySpan<byte> bytes, SearchValues<char> safe)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        public void Write(Span<char> target)
        {
            var at = 0;
            foreach (var value in _bytes)
            {
                if (safe.Contains((char)value))
                {
                    target[at++] = (char)value;
                    continue;
                }

                target[at++] = '%';
                target[at++] = UpperHex[value >> 4];
                target[at++] = UpperHex[value & 0xF];
            }
        }
    }
}
