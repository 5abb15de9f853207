using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace ReleaseServer.Shadow;

/// <summary>What is asked again of a live request: its method, its target, and the few fields that choose an answer. Neither credentials nor who asked.</summary>
internal sealed class ShadowRequest
{
    /// <summary>Marks what was mirrored: it is not mirrored again, and no download.</summary>
    public const string Field = "ReleaseServer-Shadow";

    private static readonly string[] FieldsTaken =
        ["Accept", "Accept-Encoding", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range"];

    // What a target may hold that is sent on as it came; others would be changed on the way.
    private static readonly SearchValues<char> OfTargets = SearchValues.Create(
        "!$%&'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz|~");

    private readonly List<(string Name, string Value)> _fields = [];

    private ShadowRequest(bool isHead, string target) => (IsHead, Target) = (isHead, target);

    public bool IsHead { get; }

    /// <summary>Path and query as the client sent them.</summary>
    public string Target { get; }

    public string Method => IsHead ? "HEAD" : "GET";

    /// <summary>Whether a request was mirrored by somebody.</summary>
    public static bool IsMirrored(IHeaderDictionary headers) => headers.ContainsKey(Field);

    /// <summary>Takes what is asked again; null for a request that is not: of another method or form, or mirrored already.</summary>
    /// <param name="context">Answered.</param>
    /// <param name="maxBody">Bytes of content; where we sent more, only as many from the beginning are asked for.</param>
    public static ShadowRequest? Of(HttpContext context, long maxBody)
    {
        var (asked, headers) = (context.Request, context.Request.Headers);
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var isHead = asked.Method == "HEAD";
        if ((!isHead && asked.Method != "GET") || !target.StartsWith('/') || target.AsSpan().ContainsAnyExcept(OfTargets) || IsMirrored(headers))
        {
            return null;
        }

        var request = new ShadowRequest(isHead, target);
        var isLong = !isHead && context.Response.ContentLength > maxBody;
        foreach (var name in FieldsTaken)
        {
            if (headers[name] is { Count: > 0 } lines && !(isLong && name is "Range" or "If-Range"))
            {
                request._fields.Add((name, Joined(lines)));
            }
        }

        if (isLong)
        {
            request._fields.Add(("Range", string.Create(CultureInfo.InvariantCulture, $"bytes=0-{maxBody - 1}")));
        }

        return request;
    }

    /// <summary>The request as it goes to a server; disposed by whoever sends it.</summary>
    /// <param name="server">Scheme, host and port.</param>
    public HttpRequestMessage To(Uri server)
    {
        // Otherwise Uri would decode escapes and resolve dots.
        var address = new Uri(server.GetLeftPart(UriPartial.Authority) + Target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(IsHead ? HttpMethod.Head : HttpMethod.Get, address);
        message.Headers.TryAddWithoutValidation("User-Agent", "ReleaseServer-shadow");
        message.Headers.TryAddWithoutValidation(Field, "1");
        foreach (var (name, value) in _fields)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }

    // Repeated lines are one list (RFC 9110 §5.3).
    private static string Joined(StringValues lines) => lines.Count == 1 ? lines[0] ?? "" : new StringBuilder().AppendJoin(", ", lines.ToArray()).ToString();
}
