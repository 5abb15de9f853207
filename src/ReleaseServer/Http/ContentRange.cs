using System.Globalization;

namespace ReleaseServer.Http;

/// <summary>Values of <c>Content-Range</c> (RFC 9110 §14.4). Lengths are of the whole representation, in bytes.</summary>
internal static class ContentRange
{
    /// <summary>For a 206, or a part of one.</summary>
    public static string Format(ByteRange range, long length) =>
        string.Create(CultureInfo.InvariantCulture, $"bytes {range.First}-{range.Last}/{length}");

    /// <summary>For a 416.</summary>
    public static string FormatUnsatisfied(long length) => string.Create(CultureInfo.InvariantCulture, $"bytes */{length}");
}
