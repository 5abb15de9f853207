using System.Net.Http.Headers;
using ReleaseServer.Http;

namespace ReleaseServer.Origin;

/// <summary>Reads the head of an origin's answer, and refuses what cannot be the answer to the question. No I/O.</summary>
internal static class OriginReader
{
    private const string Multipart = "multipart/byteranges";

    /// <param name="origins">All of them: a redirect to any is one to ourselves.</param>
    /// <param name="open">Makes the body's stream; called for content only.</param>
    /// <exception cref="OriginUnavailableException">It cannot be passed on, and says why. The exchange is the caller's still.</exception>
    public static OriginResponse Read(
        OriginRequest request, OriginExchange exchange, IReadOnlyList<OriginServer> origins, TimeProvider clock, Func<ByteRange?, long?, EntityTag?, OriginBody> open)
    {
        var response = exchange.Response;
        var (fields, ofContent) = (response.Headers.NonValidated, response.Content.Headers.NonValidated);
        var status = (int)response.StatusCode;
        var address = exchange.Server.Address;
        switch (status)
        {
            case 200:
            case 206 when request is { HasRange: true }:
                return ReadContent(request, exchange, status, clock, open);

            case 304 when request.HasConditions:
                return new OriginResponse(exchange)
                {
                    Status = status,
                    EntityTag = ReadTag(fields),
                    LastModified = ReadDate(ofContent, clock),
                    VariesByAccept = VariesByAccept(fields),
                };

            case 301 or 302 or 307 or 308:
                return new OriginResponse(exchange) { Status = status, Location = ReadLocation(request, exchange.Server, Value(fields, "Location"), origins) };

            case 404 or 410:
                return new OriginResponse(exchange) { Status = 404 };

            case 412 when request.HasConditions:
                return new OriginResponse(exchange) { Status = status };

            case 416 when request.HasRange:
                return new OriginResponse(exchange)
                {
                    Status = status,
                    ContentRange = ContentRange.TryParseUnsatisfied(Value(ofContent, "Content-Range"), out var whole) ? ContentRange.FormatUnsatisfied(whole) : null,
                };

            // Of this request, not of the origin's health: 429 and 408 alone tell that it has too much to do.
            case >= 400 and < 500 and not (408 or 412 or 416 or 429):
                throw new OriginUnavailableException($"{address} refused {request.Target} with {status}") { IsFault = false };

            default:
                throw new OriginUnavailableException($"{address} answered {request.Target} with {status}");
        }
    }

    private static OriginResponse ReadContent(
        OriginRequest request, OriginExchange exchange, int status, TimeProvider clock, Func<ByteRange?, long?, EntityTag?, OriginBody> open)
    {
        var response = exchange.Response;
        var (fields, ofContent) = (response.Headers.NonValidated, response.Content.Headers.NonValidated);
        var contentType = Value(ofContent, "Content-Type");
        var length = response.Content.Headers.ContentLength;

        // The end of such a body would be the end of the connection, and nobody could tell it from a broken one.
        if (length is null && response.Headers.TransferEncodingChunked != true && !request.IsHead)
        {
            throw Nonsense(request, exchange, "without saying how long its content is");
        }

        ByteRange? part = length is { } bytes and > 0 && status == 200 ? new ByteRange(0, bytes - 1) : null;
        string? contentRange = null;
        if (status == 206 && contentType?.StartsWith(Multipart, StringComparison.OrdinalIgnoreCase) != true)
        {
            if (!ContentRange.TryParse(Value(ofContent, "Content-Range"), out var range, out var whole) || (length is not null && length != range.Length))
            {
                throw Nonsense(request, exchange, "with a part, and not which");
            }

            (part, length, contentRange) = (range, range.Length, ContentRange.Format(range, whole));
        }

        var tag = ReadTag(fields);
        return new OriginResponse(exchange)
        {
            Status = status,
            ContentType = contentType,
            ContentEncoding = Value(ofContent, "Content-Encoding") is { } coding && !coding.Equals("identity", StringComparison.OrdinalIgnoreCase) ? coding : null,
            ContentRange = contentRange,
            Length = length,
            EntityTag = tag,
            LastModified = ReadDate(ofContent, clock),
            AcceptsRanges = Value(fields, "Accept-Ranges")?.Contains("bytes", StringComparison.OrdinalIgnoreCase) == true,
            VariesByAccept = VariesByAccept(fields),
            Body = request.IsHead ? null : open(part, length, tag),
        };
    }

    // A redirect to the origin must not lead clients past us; one to what they have just asked would lead them in a circle.
    private static string ReadLocation(OriginRequest request, OriginServer server, string? value, IReadOnlyList<OriginServer> origins)
    {
        if (value is null
            || !Uri.TryCreate(new Uri(server.Address + request.Target), value, out var absolute)
            || (absolute.Scheme != Uri.UriSchemeHttp && absolute.Scheme != Uri.UriSchemeHttps))
        {
            throw new OriginUnavailableException($"{server.Address} redirected {request.Target} to nowhere");
        }

        if (!origins.Any(origin => origin.Host.Equals(absolute.IdnHost, StringComparison.OrdinalIgnoreCase)))
        {
            return absolute.AbsoluteUri;
        }

        var own = absolute.PathAndQuery + absolute.Fragment;
        return own != request.Target
            ? own
            : throw new OriginUnavailableException($"{server.Address} redirected {request.Target} to another address of its own: perhaps the setting Origin:Urls should name that");
    }

    private static OriginUnavailableException Nonsense(OriginRequest request, OriginExchange exchange, string how) =>
        new($"{exchange.Server.Address} answered {request.Target} {how}");

    private static EntityTag? ReadTag(HttpHeadersNonValidated fields) => EntityTag.TryParse(Value(fields, "ETag"), out var tag) ? tag : null;

    private static string? ReadDate(HttpHeadersNonValidated fields, TimeProvider clock) =>
        HttpDate.TryParse(Value(fields, "Last-Modified"), clock, out var date) ? HttpDate.Format(date) : null;

    private static bool VariesByAccept(HttpHeadersNonValidated fields) =>
        Value(fields, "Vary")?.Split(',', StringSplitOptions.TrimEntries).Contains("Accept", StringComparer.OrdinalIgnoreCase) == true;

    // What is empty, or would not do as a field of ours, is as good as absent.
    private static string? Value(HttpHeadersNonValidated fields, string name) =>
        fields.TryGetValues(name, out var values)
        && string.Join(", ", (IEnumerable<string>)values).Trim() is { Length: > 0 } value
        && !value.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? value
            : null;
}
