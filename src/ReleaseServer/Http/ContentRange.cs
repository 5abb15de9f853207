using System.Globalization;

namespace ReleaseServer.Http;

/// <summary>Values of <c>Content-Range</c> (RFC 9110 §14.4). Lengths are of the whole representation, in bytes.</summary>
internal static class ContentRange
{
    private const string Unit = "bytes ";

    // The unit, three numbers of at most 19 digits, and two signs between them.
    private const int LongestText = 6 + (3 * 19) + 2;

    /// <summary>For a 206, or a part of one.</summary>
    public static string Format(ByteRange range, long length)
    {
        // On the hot path: an interpolated string boxes its numbers until the JIT has seen it often enough.
        Span<char> text = stackalloc char[LongestText];
        Unit.CopyTo(text);
        var end = Append(text, Unit.Length, range.First);
        text[end++] = '-';
        end = Append(text, end, range.Last);
        text[end++] = '/';
        end = Append(text, end, length);
        return new string(text[..end]);
    }

    /// <summary>For a 416.</summary>
    public static string FormatUnsatisfied(long length) => string.Create(CultureInfo.InvariantCulture, $"bytes */{length}");

    private static int Append(Span<char> text, int start, long number)
    {
        number.TryFormat(text[start..], out var written, provider: CultureInfo.InvariantCulture);
        return start + written;
    }
}
