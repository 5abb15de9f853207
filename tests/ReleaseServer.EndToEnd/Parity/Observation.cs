using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace ReleaseServer.EndToEnd.Parity;

/// <summary>What is compared of an answer, name by name.</summary>
internal static partial class Observation
{
    private const int LongestShownBody = 200;

    private static readonly string[] ComparedFields =
    [
        "Content-Type", "Content-Length", "Content-Encoding", "Last-Modified", "Accept-Ranges", "Content-Range", "Cache-Control",
        "Access-Control-Allow-Origin", "X-Robots-Tag", "Vary", "Allow",
    ];

    /// <summary>The status, the fields that clients act on, the path of a redirect, the form of the entity tag, and the body.</summary>
    public static SortedDictionary<string, string?> Of(RawResponse response)
    {
        var observed = new SortedDictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Status"] = response.Status.ToString(CultureInfo.InvariantCulture),
            ["Location"] = PathOf(response["Location"]),
            // Each server makes its own tags; only whether there is one, and how strong, can be compared.
            ["ETag"] = response["ETag"] is { } tag ? tag.StartsWith("W/", StringComparison.Ordinal) ? "weak" : "strong" : null,
            ["Body"] = Show(response),
        };
        foreach (var name in ComparedFields)
        {
            observed[name] = response[name];
        }

        if (BoundaryOf(response) is not null)
        {
            // The boundary is the server's own, and the length goes with it.
            observed["Content-Type"] = "multipart/byteranges";
            observed["Content-Length"] = null;
        }

        return observed;
    }

    /// <summary>The kinds that nginx's answer is of; a difference may hold for all of a kind.</summary>
    public static IEnumerable<string> Kinds(ParityRequest request, RawResponse nginx)
    {
        yield return nginx.Status.ToString(CultureInfo.InvariantCulture);
        if (nginx.Status is 301 or 302 or 308)
        {
            yield return "redirect";
        }

        if (nginx.Status is >= 400)
        {
            yield return "error";
        }

        if (IsListing(nginx))
        {
            yield return "listing";
        }

        if (nginx.Status is 200 or 206 or 304)
        {
            yield return "success";
        }

        if (nginx["Content-Encoding"] is not null)
        {
            yield return "coded";
        }

        // A 304 of nginx tells no type.
        var isText = nginx.Status is 304 ? !request.Target.EndsWith(".gz", StringComparison.Ordinal) : Compresses(nginx["Content-Type"]);
        if (nginx.Status is 200 or 206 or 304 && nginx["Content-Encoding"] is null && isText)
        {
            yield return "compressible";
        }

        if (nginx.Status == 404 && LooksLikeADirectory(request))
        {
            yield return "404-directory";
        }
    }

    // Every other page of nginx has a date.
    private static bool IsListing(RawResponse nginx) =>
        nginx is { Status: 200 } && nginx["Content-Type"] == "text/html" && nginx["Last-Modified"] is null;

    private static bool Compresses(string? mediaType) =>
        mediaType is "text/html" or "text/plain" or "text/css" or "application/javascript" or "text/xml" or "application/json" or "image/svg+xml";

    // Of the paths that lead into the bucket.
    private static bool LooksLikeADirectory(ParityRequest request) => DirectoryTarget().IsMatch(request.Target);

    private static string? PathOf(string? location)
    {
        if (location is null || location.StartsWith('/'))
        {
            return location;
        }

        var address = new Uri(location);
        return address.IsLoopback ? address.PathAndQuery : location;
    }

    private static string? BoundaryOf(RawResponse response) =>
        response["Content-Type"] is { } type && Boundary().Match(type) is { Success: true } match ? match.Groups["boundary"].Value : null;

    private static string Show(RawResponse response)
    {
        var body = Encoding.Latin1.GetString(response.Body);
        if (BoundaryOf(response) is { } boundary)
        {
            body = body.Replace(boundary, "BOUNDARY", StringComparison.Ordinal).TrimStart('\r', '\n');
        }

        return body.Length <= LongestShownBody
            ? body
            : $"{body.Length} bytes {Convert.ToHexStringLower(SHA256.HashData(Encoding.Latin1.GetBytes(body)))}";
    }

    [GeneratedRegex("^multipart/byteranges; ?boundary=\"?(?<boundary>[^\"]+)\"?$")]
    private static partial Regex Boundary();

    [GeneratedRegex(@"^/(dist|download|docs|api|metrics)/([^?#]*/)?(\?|$)")]
    private static partial Regex DirectoryTarget();
}
