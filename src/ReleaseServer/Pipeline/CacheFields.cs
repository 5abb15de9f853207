using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Http;

namespace ReleaseServer.Pipeline;

/// <summary>Tells how the cache came by an answer (RFC 9211) and how old it is (RFC 9111 §5.1).</summary>
internal static class CacheFields
{
    /// <param name="use">Null where no cache stands between, and nothing is told.</param>
    public static void Set(HttpContext context, CacheUse? use)
    {
        if (use is { } known)
        {
            context.Features.Get<RequestRecord>()?.Cache = known.Status;
            Set(context.Response.Headers, known);
        }
    }

    /// <summary>The same for who has noted it in the request's record.</summary>
    public static void Set(IHeaderDictionary headers, CacheUse known)
    {
        headers.Age = Age.ValueOf(known.Age);
        headers[CacheStatusField.Name] = CacheStatusField.ValueOf(known.Status);
    }

    public static CacheUse UseOf(Freshness freshness, long now) => new(freshness.StatusAt(now), freshness.AgeAt(now));
}
