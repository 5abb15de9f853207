using System.Globalization;
using System.Net;
using Amazon.S3.Model;
using ReleaseServer.Http;
using ByteRange = ReleaseServer.Http.ByteRange;

namespace ReleaseServer.Buckets;

/// <summary>Reads what S3 says of an object, whoever uploaded it and whatever store keeps it.</summary>
internal static class S3ObjectMetadata
{
    /// <summary>Metadata with the date of the file that was uploaded, as rclone and s3fs write it.</summary>
    public const string ModifiedMetadata = "x-amz-meta-mtime";

    /// <summary>The media type that S3 keeps where none was given.</summary>
    public const string NoContentType = "binary/octet-stream";

    private const string MadeTagPrefix = "\"date-";

    // Types that say nothing of the object: what S3 puts where none was given, and what HTTP clients put.
    private static readonly string[] Placeholders = [NoContentType, "application/x-www-form-urlencoded"];

    // The framing of an upload, which some stores keep with the object; and the word for no coding, which is not to be sent (RFC 9110 §12.5.3).
    private static readonly string[] NoCodings = ["aws-chunked", "identity"];

    /// <param name="response">The answer to a HEAD.</param>
    /// <param name="tagIsMd5">Whether a tag of 32 hexadecimal digits is taken for an MD5.</param>
    /// <exception cref="FormatException">The answer lacks what every S3 answer has.</exception>
    public static RepresentationMetadata Read(GetObjectMetadataResponse response, bool tagIsMd5)
    {
        var read = Read(response.Headers, response.Metadata, response.ETag, response.LastModified, LengthOf(response.Headers));
        return read with { Digests = S3Digests.Read(response.Metadata, read.EntityTag, isPart: false, tagIsMd5) };
    }

    /// <param name="response">The answer to a GET.</param>
    /// <param name="range">What was asked for; null for the whole object.</param>
    /// <param name="tagIsMd5">Whether a tag of 32 hexadecimal digits is taken for an MD5.</param>
    /// <exception cref="FormatException">The answer is not to what was asked, or lacks what every S3 answer has.</exception>
    public static RepresentationMetadata Read(GetObjectResponse response, ByteRange? range, bool tagIsMd5)
    {
        var length = LengthOf(response.Headers);
        if (range is not { } asked)
        {
            if (response.HttpStatusCode != HttpStatusCode.OK)
            {
                throw new FormatException($"answered {(int)response.HttpStatusCode} where 200 was due");
            }
        }
        else if (response.HttpStatusCode != HttpStatusCode.PartialContent
            || length != asked.Length
            || !TryReadContentRange(response.ContentRange, asked, out length))
        {
            throw new FormatException(
                $"answered {(int)response.HttpStatusCode} with Content-Range '{response.ContentRange}' to bytes {asked.First} to {asked.Last}");
        }

        var read = Read(response.Headers, response.Metadata, response.Metadata[S3WireHandler.EntityTagMetadata], response.LastModified, length);
        return read with { Digests = S3Digests.Read(response.Metadata, read.EntityTag, isPart: range is not null, tagIsMd5) };
    }

    /// <summary>An entity tag in the form of RFC 9110, from whatever a store sends; null where nothing can be made of it.</summary>
    public static EntityTag? ReadTag(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        // Some stores leave the quotes out. A tag that cannot be sent on is none.
        var isTag = EntityTag.TryParse(text, out var tag) || EntityTag.TryParse($"\"{text.Trim()}\"", out tag);
        return isTag && IsVisible(tag.Opaque) ? tag : null;
    }

    /// <summary>The tag of an object that has none that can be used, from the store's date (whole seconds: listings give more than HEAD).</summary>
    public static EntityTag MakeTag(DateTimeOffset stored, long length) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{MadeTagPrefix}{stored.ToUnixTimeSeconds():x}-{length:x}\""));

    /// <summary>Whether the store can hold the tag against its object: it knows none that was made here, and never matches a weak one.</summary>
    public static bool IsKnownToStore(EntityTag tag) => !tag.IsWeak && !tag.Opaque.StartsWith(MadeTagPrefix, StringComparison.Ordinal);

    /// <summary>Writes what is stored beside an object as metadata of a request.</summary>
    public static void Write(MetadataCollection metadata, ObjectAttributes attributes)
    {
        if (attributes.Modified is { } modified)
        {
            metadata[ModifiedMetadata] = FormatModified(modified);
        }

        if (attributes.Sha256 is { } sha256)
        {
            metadata[S3Digests.Sha256Metadata] = sha256;
        }
    }

    /// <summary>Decimal Unix seconds, with as much of a fraction as there is.</summary>
    public static string FormatModified(DateTimeOffset modified) =>
        ((modified.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / (decimal)TimeSpan.TicksPerSecond).ToString("0.#######", CultureInfo.InvariantCulture);

    /// <summary>Null for what is no date of a file: garbage, and times before 1970, which tools write for "unknown".</summary>
    public static DateTimeOffset? ReadModified(string? text)
    {
        const NumberStyles Decimal = NumberStyles.AllowDecimalPoint;
        var limit = (DateTimeOffset.MaxValue.Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond;
        return decimal.TryParse(text, Decimal, CultureInfo.InvariantCulture, out var seconds) && seconds < limit
            ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond))
            : null;
    }

    private static RepresentationMetadata Read(
        HeadersCollection headers,
        MetadataCollection metadata,
        string? entityTag,
        DateTime? lastModified,
        long length)
    {
        if (lastModified is not { } stored)
        {
            throw new FormatException("sent no Last-Modified");
        }

        var date = new DateTimeOffset(DateTime.SpecifyKind(stored, DateTimeKind.Utc));
        return new RepresentationMetadata(
            length,
            ReadTag(entityTag) ?? MakeTag(date, length),
            ReadModified(metadata[ModifiedMetadata]) ?? date,
            ReadContentType(headers.ContentType),
            ReadContentEncoding(metadata[S3WireHandler.ContentEncodingMetadata]));
    }

    private static string? ReadContentType(string? stored) =>
        string.IsNullOrEmpty(stored) || !IsVisible(stored) || Placeholders.Contains(stored, StringComparer.OrdinalIgnoreCase) ? null : stored;

    private static string? ReadContentEncoding(string? stored)
    {
        if (string.IsNullOrEmpty(stored) || !IsVisible(stored))
        {
            return null;
        }

        var codings = stored
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(static coding => !NoCodings.Contains(coding, StringComparer.OrdinalIgnoreCase));
        return string.Join(", ", codings) is { Length: > 0 } list ? list : null;
    }

    // Stores keep any bytes; Kestrel throws at field values with others than these, and RFC 9110 §5.5 makes nothing of them.
    private static bool IsVisible(string value) => !value.AsSpan().ContainsAnyExceptInRange(' ', '~');

    // The SDK says 0 where the field is missing.
    private static long LengthOf(HeadersCollection headers) =>
        long.TryParse(headers["Content-Length"], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? length
            : throw new FormatException("sent no Content-Length");

    // bytes FIRST-LAST/LENGTH (RFC 9110 §14.4)
    private static bool TryReadContentRange(string? text, ByteRange asked, out long length)
    {
        length = 0;
        var expected = string.Create(CultureInfo.InvariantCulture, $"bytes {asked.First}-{asked.Last}/");
        return text is not null
            && text.StartsWith(expected, StringComparison.OrdinalIgnoreCase)
            && long.TryParse(text.AsSpan(expected.Length), NumberStyles.None, CultureInfo.InvariantCulture, out length)
            && length > asked.Last;
    }
}
