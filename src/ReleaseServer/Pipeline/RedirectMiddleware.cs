using Microsoft.AspNetCore.Http.Features;

namespace ReleaseServer.Pipeline;

/// <summary>Answers for paths that have moved.</summary>
internal sealed class RedirectMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Features.GetRequiredFeature<AssetRequest>();
        return request.Site.Data.Redirects.Find(request.Path, request.Query, out var location) is { } redirect
            ? Answers.RedirectAsync(context, redirect.Status, location, Http.CacheControl.Success)
            : next(context);
    }
}
