using System.Text;

namespace ReleaseServer.Http;

/// <summary>The frame of a 206 with several ranges (RFC 9110 §14.6); the bytes themselves are streamed between its pieces.</summary>
/// <remarks>
/// The body is, for each part in turn, <see cref="PartHeader"/> and the bytes of its range, then <see cref="Closing"/>. Every part
/// header begins with CRLF, the first too, as nginx writes it and §14.6 expects of recipients: so the length is that of nginx.
/// </remarks>
internal sealed class MultipartByteRanges
{
    private readonly RangeSelection _ranges;
    private readonly byte[][] _headers;
    private readonly byte[] _closing;

    /// <param name="length">Of the whole representation, in bytes.</param>
    /// <param name="partType">The representation's own <c>Content-Type</c>; null where it has none.</param>
    /// <param name="boundary">1 to 70 letters or digits that do not occur in the representation (RFC 2046 §5.1.1).</param>
    public MultipartByteRanges(in RangeSelection ranges, long length, string? partType, string boundary)
    {
        _ranges = ranges;
        _headers = new byte[ranges.Count][];
        _closing = Encoding.UTF8.GetBytes($"\r\n--{boundary}--\r\n");
        ContentType = "multipart/byteranges; boundary=" + boundary;
        ContentLength = _closing.Length;
        var typeLine = partType is null ? "" : $"Content-Type: {partType}\r\n";
        for (var i = 0; i < _headers.Length; i++)
        {
            _headers[i] = Encoding.UTF8.GetBytes(
                $"\r\n--{boundary}\r\n{typeLine}Content-Range: {ContentRange.Format(ranges[i], length)}\r\n\r\n");
            ContentLength += _headers[i].Length + ranges[i].Length;
        }
    }

    /// <summary>Of the response, boundary included.</summary>
    public string ContentType { get; }

    /// <summary>Of the response, in bytes: frame and ranges.</summary>
    public long ContentLength { get; }

    /// <summary>How many parts.</summary>
    public int Count => _headers.Length;

    /// <summary>What ends the body, after the bytes of the last part.</summary>
    public ReadOnlyMemory<byte> Closing => _closing;

    /// <summary>What precedes the bytes of a part, delimiter included.</summary>
    public ReadOnlyMemory<byte> PartHeader(int part) => _headers[part];

    /// <summary>The bytes of a part.</summary>
    public ByteRange PartRange(int part) => _ranges[part];
}
