using System.Globalization;

namespace ReleaseServer.Http;

/// <summary>How a cache handled a request (RFC 9211 §2).</summary>
internal enum CacheStatus
{
    /// <summary>Answered from the cache, fresh.</summary>
    Hit,

    /// <summary>Answered from the cache though no longer fresh: while it is revalidated, or because the bucket fails.</summary>
    Stale,

    /// <summary>Answered from the cache after the bucket said that nothing has changed.</summary>
    Revalidated,

    /// <summary>Read from the bucket for this request.</summary>
    Miss,

    /// <summary>Shares the read of another request.</summary>
    Collapsed,

    /// <summary>Read from the bucket past the cache.</summary>
    Bypass,
}

/// <summary>Values of the <c>Cache-Status</c> field (RFC 9211 §2).</summary>
internal static class CacheStatusField
{
    public const string Name = "Cache-Status";

    public static string ValueOf(CacheStatus status) => status switch
    {
        CacheStatus.Hit => "ReleaseServer; hit",
        CacheStatus.Stale => "ReleaseServer; hit; detail=stale",
        CacheStatus.Revalidated => "ReleaseServer; fwd=stale; fwd-status=304",
        CacheStatus.Miss => "ReleaseServer; fwd=uri-miss",
        CacheStatus.Collapsed => "ReleaseServer; fwd=uri-miss; collapsed",
        _ => "ReleaseServer; fwd=bypass",
    };

    /// <summary>Of an answer that an origin gave, which the cache does not keep.</summary>
    /// <param name="isMiss">Whether the cache and the bucket were asked before; else they were passed by.</param>
    /// <param name="status">The origin's.</param>
    public static string OfOrigin(bool isMiss, int status) =>
        string.Create(CultureInfo.InvariantCulture, $"ReleaseServer; fwd={(isMiss ? "uri-miss" : "bypass")}; fwd-status={status}; detail=origin");
}
