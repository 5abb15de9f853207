using Microsoft.AspNetCore.Http.Features;
using ReleaseServer.Telemetry;

namespace ReleaseServer.Pipeline;

/// <summary>Leads from the path asked for to a key: by the route table, then through the links.</summary>
internal sealed class RouteMiddleware(RequestDelegate next, RequestMetrics metrics, StopNotice stop)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Features.GetRequiredFeature<AssetRequest>();
        if (request.Site.Data.Routes.Find(request.Path, out var key) is not { } route)
        {
            return Answers.ErrorAsync(context, StatusCodes.Status404NotFound, Answers.FileNotFound);
        }

        request.RouteIndex = metrics.RouteOf(route.Path);
        context.Features.Get<RequestRecord>()?.Route = request.RouteIndex;

        if (route.Status != 0)
        {
            context.Response.StatusCode = route.Health && stop.IsStopping ? StatusCodes.Status503ServiceUnavailable : route.Status;
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
