namespace ReleaseServer.Pipeline;

/// <summary>The request chain of the public listeners, top to bottom. Each step answers or calls the next; none runs twice.</summary>
internal static class PipelineExtensions
{
    public static IApplicationBuilder UseReleaseServer(this IApplicationBuilder app) => app
        .UseMiddleware<AccessLogMiddleware>()       // starts the clock; when all is over, one log line
        .UseMiddleware<ErrorBoundaryMiddleware>()   // the only catch-all: 500, or an aborted connection
        .UseMiddleware<ReadyAnswerMiddleware>()     // what was answered before and is cached, at once: 200, 206, 301, 302, 304, 307, 308, 404
        .UseMiddleware<MethodMiddleware>()          // GET and HEAD pass; 204 on OPTIONS, else 405
        .UseMiddleware<RequestPathMiddleware>()     // decodes and resolves the path, pins the snapshot: 400, 404
        .UseMiddleware<RedirectMiddleware>()        // moved paths: 301, 302, 307, 308
        .UseMiddleware<RouteMiddleware>()           // path to key, through the links: 404, fixed answers
        .UseMiddleware<AbsenceLimitMiddleware>()    // a client that asks for too many absent names: 429
        .UseMiddleware<OriginFirstMiddleware>()     // asks the origin where it is to be asked first: its answer
        .UseMiddleware<AssetMiddleware>()           // file, index page or listing: 200, 206, 301, 304, 404, 412, 416
        .UseMiddleware<OriginMiddleware>()          // asks the origin where the bucket failed: its answer
        .UseMiddleware<UnansweredMiddleware>();     // the bucket failed and nobody else answered: 503
}
