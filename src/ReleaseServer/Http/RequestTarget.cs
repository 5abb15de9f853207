using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace ReleaseServer.Http;

internal enum RequestTargetOutcome
{
    /// <summary>The target names a path.</summary>
    Path,

    /// <summary>Not a request target, a bad escape, a NUL, or a climb above the root: 400.</summary>
    Malformed,

    /// <summary>The path decodes to bytes that are not UTF-8, so no key can match it: 404.</summary>
    NotText,
}

/// <summary>Reads the request target (RFC 9112 §3.2) into the path asked for. Decodes once; nothing after this does.</summary>
internal static class RequestTarget
{
    private const int StackBytes = 512;

    // A URI is visible ASCII (RFC 3986 §2). Holding to that keeps CR and LF out of every Location that repeats the query.
    private static readonly SearchValues<char> UriChars = SearchValues.Create(
        "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    /// <param name="rawTarget">As it stood in the request line: origin form, absolute form or <c>*</c>.</param>
    /// <param name="path">
    /// Decoded, slashes merged, dot segments resolved; begins with a slash, or is <c>*</c>. A target that is its own path
    /// comes back as the same string. <c>/</c> where the outcome is not <see cref="RequestTargetOutcome.Path"/>.
    /// </param>
    /// <param name="query">As sent, with its question mark; empty when there is none or nothing follows the mark.</param>
    public static RequestTargetOutcome Parse(string rawTarget, out string path, out string query)
    {
        path = "/";
        query = "";
        if (rawTarget == "*")
        {
            path = rawTarget;
            return RequestTargetOutcome.Path;
        }

        if (rawTarget.AsSpan().ContainsAnyExcept(UriChars) || !TryFindPath(rawTarget, out var start))
        {
            return RequestTargetOutcome.Malformed;
        }

        var asked = rawTarget.AsSpan(start);
        var end = asked.IndexOfAny('?', '#');
        var tail = end < 0 ? [] : asked[end..];
        asked = end < 0 ? asked : asked[..end];
        var outcome = asked.IsEmpty ? RequestTargetOutcome.Path : ReadPath(rawTarget, asked, out path);
        if (outcome == RequestTargetOutcome.Path)
        {
            query = ReadQuery(tail);
        }

        return outcome;
    }

    // Absolute form (RFC 9112 §3.2.2): scheme "://" authority, then the path, which may be empty.
    private static bool TryFindPath(ReadOnlySpan<char> target, out int start)
    {
        start = 0;
        if (target.StartsWith('/'))
        {
            return true;
        }

        var scheme = target.IndexOf("://");
        if (scheme < 1 || !char.IsAsciiLetter(target[0]) || target[..scheme].ContainsAny(":/?#"))
        {
            return false;
        }

        var authority = target[(scheme + 3)..];
        var length = authority.IndexOfAny('/', '?', '#');
        length = length < 0 ? authority.Length : length;
        start = scheme + 3 + length;
        return length > 0;
    }

    private static string ReadQuery(ReadOnlySpan<char> tail)
    {
        var fragment = tail.IndexOf('#');
        tail = fragment < 0 ? tail : tail[..fragment];
        return tail.Length > 1 ? tail.ToString() : "";
    }

    private static RequestTargetOutcome ReadPath(string rawTarget, ReadOnlySpan<char> asked, out string path)
    {
        if (!asked.Contains('%') && !asked.Contains("//", StringComparison.Ordinal) && !HasDotSegment(asked))
        {
            path = asked.Length == rawTarget.Length ? rawTarget : asked.ToString();
            return RequestTargetOutcome.Path;
        }

        path = "/";
        byte[]? rented = null;
        var bytes = asked.Length <= StackBytes
            ? stackalloc byte[StackBytes]
            : rented = ArrayPool<byte>.Shared.Rent(asked.Length);
        try
        {
            if (!TryDecode(asked, bytes, out var decoded) || !TryResolve(bytes[..decoded], out var length))
            {
                return RequestTargetOutcome.Malformed;
            }

            if (!Utf8.IsValid(bytes[..length]))
            {
                return RequestTargetOutcome.NotText;
            }

            path = Encoding.UTF8.GetString(bytes[..length]);
            return RequestTargetOutcome.Path;
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private static bool HasDotSegment(ReadOnlySpan<char> path)
    {
        for (var at = path.IndexOf("/."); at >= 0; at = path.IndexOf("/."))
        {
            path = path[(at + 2)..];
            var after = path.StartsWith('.') ? path[1..] : path;
            if (after.IsEmpty || after[0] == '/')
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryDecode(ReadOnlySpan<char> text, Span<byte> bytes, out int length)
    {
        length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var value = (byte)text[i];
            if (value == '%')
            {
                var digits = text[(i + 1)..];
                if (digits.Length < 2
                    || !byte.TryParse(digits[..2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
                    || value == 0)
                {
                    return false;
                }

                i += 2;
            }

            bytes[length++] = value;
        }

        return true;
    }

    // Merges slashes and resolves dot segments in place (RFC 3986 §5.2.4, but a climb above the root is refused, not
    // swallowed). What is written always ends in a slash until the last segment, and never overtakes what is read.
    private static bool TryResolve(Span<byte> path, out int length)
    {
        length = 1;
        for (var read = 1; read < path.Length;)
        {
            var rest = path[read..];
            var slash = rest.IndexOf((byte)'/');
            var segment = slash < 0 ? rest : rest[..slash];
            read += segment.Length + 1;
            if (segment.IsEmpty || segment.SequenceEqual("."u8))
            {
                continue;
            }

            if (segment.SequenceEqual(".."u8))
            {
                if (length == 1)
                {
                    return false;
                }

                length = path[..(length - 1)].LastIndexOf((byte)'/') + 1;
                continue;
            }

            segment.CopyTo(path[length..]);
            length += segment.Length;
            if (slash >= 0)
            {
                path[length++] = (byte)'/';
            }
        }

        return true;
    }
}
