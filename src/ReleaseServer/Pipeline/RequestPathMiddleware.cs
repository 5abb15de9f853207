using Microsoft.AspNetCore.Http.Features;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Site;

namespace ReleaseServer.Pipeline;

/// <summary>Works out the path from the raw target, once, and pins the site's snapshot to the request.</summary>
internal sealed class RequestPathMiddleware(RequestDelegate next, CurrentSite current, SiteData data, ReadyAnswers ready)
{
    // Until there is a snapshot: routes and redirects need no bucket, and what does is left to the origin.
    private readonly SiteSnapshot _unloaded = new(data, LinkTable.Empty, GenerationDocument.None);
    private readonly BucketFailure _notLoaded = new(new BucketUnavailableException("no site has been loaded yet"));

    public Task InvokeAsync(HttpContext context)
    {
        // Kestrel's own Path is decoded by other rules: it keeps %2F, and "//".
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        switch (RequestTarget.Parse(target, out var path, out var query))
        {
            case RequestTargetOutcome.Malformed:
                return Answers.ErrorAsync(context, StatusCodes.Status400BadRequest, "Bad request path");

            case RequestTargetOutcome.NotText:
                // Keys are UTF-8, so no object can have this name.
                return Answers.ErrorAsync(context, StatusCodes.Status404NotFound, Answers.FileNotFound);

            case RequestTargetOutcome.Path:
            default:
                break;
        }

        // Before the snapshot: what is learned from here on was not known before the last purge.
        var purges = ready.Purges;
        var site = current.Snapshot;
        if (site is null)
        {
            context.Features.Set(_notLoaded);
        }

        context.Features.Set(new AssetRequest(path, query, site ?? _unloaded)
        {
            IsCanonical = IsCanonical(target, path),
            Purges = purges,
        });
        return next(context);
    }

    private static bool IsCanonical(string target, string path) =>
        target.StartsWith(path, StringComparison.Ordinal) && (target.Length == path.Length || target[path.Length] == '?');
}
