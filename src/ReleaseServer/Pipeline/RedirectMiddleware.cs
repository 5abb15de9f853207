using Microsoft.AspNetCore.Http.Features;
using ReleaseServer.Http;
using ReleaseServer.Telemetry;

namespace ReleaseServer.Pipeline;

/// <summary>Answers for paths that have moved.</summary>
internal sealed class RedirectMiddleware(RequestDelegate next, ReadyAnswers ready)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Features.GetRequiredFeature<AssetRequest>();
        if (request.Site.Data.Redirects.Find(request.Path, request.Query, out var location) is not { } redirect)
        {
            return next(context);
        }

        request.RouteIndex = RequestMetrics.Redirect;
        context.Features.Get<RequestRecord>()?.Route = RequestMetrics.Redirect;
        ready.AddMoved(request, redirect.Status, location, CacheControl.Success);
        return Answers.RedirectAsync(context, redirect.Status, location, CacheControl.Success, surrogateKeys: default);
    }
}
