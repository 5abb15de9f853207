using ReleaseServer.Http;

namespace ReleaseServer.Pipeline;

/// <summary>Which content coding a request gets.</summary>
internal static class ContentCodings
{
    /// <summary>As nginx: none for HTTP/1.0, whose clients cannot be sent a body of unknown length and keep the connection, and none through a proxy.</summary>
    public static ContentCoding Choose(HttpRequest request) =>
        HttpProtocol.IsHttp10(request.Protocol) || request.Headers.Via.Count > 0
            ? ContentCoding.Identity
            : AcceptEncoding.Choose(request.Headers.AcceptEncoding);

    /// <summary>The coding's registered name (RFC 9110 §8.4.1, RFC 7932 §11).</summary>
    public static string NameOf(ContentCoding coding) => coding == ContentCoding.Brotli ? "br" : "gzip";
}
