using Microsoft.AspNetCore.Http.Features;

namespace ReleaseServer.Pipeline;

/// <summary>Leads from the path asked for to a key: by the route table, then through the links.</summary>
internal sealed class RouteMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Features.GetRequiredFeature<AssetRequest>();
        if (request.Site.Data.Routes.Find(request.Path, out var key) is not { } route)
        {
            return Answers.ErrorAsync(context, StatusCodes.Status404NotFound, Answers.FileNotFound);
        }

        if (route.Status != 0)
        {
            context.Response.StatusCode = route.Status;
            context.Response.Headers.CacheControl = route.CacheControl;
            return Task.CompletedTask;
        }

        request.Route = route;
        request.CacheControl = route.CacheControl;
        request.RoutedKey = key;
        request.Key = request.Site.Links.Resolve(key);
        return next(context);
    }
}
