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

    /// <summary>Reads the value of a 206: a range within the length that stands behind it. Of a length that is not known (<c>*</c>), false.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ByteRange range, out long length)
    {
        (range, length) = (default, 0);
        if (!TrySplit(text, out var bytes, out var complete) || bytes.IndexOf('-') is not (> 0 and var dash))
        {
            return false;
        }

        if (!TryReadNumber(bytes[..dash], out var first) || !TryReadNumber(bytes[(dash + 1)..], out var last) || !TryReadNumber(complete, out length))
        {
            return false;
        }

        range = new ByteRange(first, last);
        return first <= last && last < length;
    }

    /// <summary>Reads the value of a 416.</summary>
    public static bool TryParseUnsatisfied(ReadOnlySpan<char> text, out long length)
    {
        length = 0;
        return TrySplit(text, out var bytes, out var complete) && bytes is "*" && TryReadNumber(complete, out length);
    }

    private static bool TrySplit(ReadOnlySpan<char> text, out ReadOnlySpan<char> bytes, out ReadOnlySpan<char> complete)
    {
        text = text.Trim(Whitespace.Optional);
        var slash = text.IndexOf('/');
        var isRange = slash > Unit.Length && text.StartsWith(Unit, StringComparison.OrdinalIgnoreCase);
        bytes = isRange ? text[Unit.Length..slash] : default;
        complete = isRange ? text[(slash + 1)..] : default;
        return isRange;
    }

    private static bool TryReadNumber(ReadOnlySpan<char> text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static int Append(Span<char> text, int start, long number)
    {
        number.TryFormat(text[start..], out var written, provider: CultureInfo.InvariantCulture);
        return start + written;
    }
}
