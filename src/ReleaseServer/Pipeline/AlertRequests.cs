using ReleaseServer.Alerting;

namespace ReleaseServer.Pipeline;

/// <summary>What alerts tell of a request.</summary>
internal static class AlertRequests
{
    /// <summary>As far as the steps have come; neither the query nor any field but the user agent.</summary>
    public static AlertRequest Of(HttpContext context)
    {
        var asked = context.Features.Get<AssetRequest>();
        return new AlertRequest(
            context.TraceIdentifier,
            context.Request.Method,
            asked?.Path ?? context.Request.Path.Value ?? "",
            asked?.Route?.Path ?? "",
            asked?.Key ?? "",
            context.Request.Headers.UserAgent.ToString(),
            asked?.Breadcrumbs);
    }
}
