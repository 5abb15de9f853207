namespace ReleaseServer.Http;

/// <summary>Values of <c>Cache-Control</c> (RFC 9111 §5.2.2).</summary>
internal static class CacheControl
{
    /// <summary>200, 206 and 304: an hour in browsers, four in shared caches, which can be purged.</summary>
    public const string Success = "public, max-age=3600, s-maxage=14400";

    /// <summary>
    /// Every error and every answer of the moment. 404 among them, since RFC 9111 §4.2.2 lets a cache keep it by heuristic and the file
    /// may be there a second later; and 503, so that an outage is over downstream when it is over here.
    /// </summary>
    public const string Error = "private, no-cache, no-store, max-age=0, must-revalidate";
}
