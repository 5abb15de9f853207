using Microsoft.AspNetCore.Http.Features;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;

namespace ReleaseServer.Pipeline;

/// <summary>The end of the chain: the bucket gave no usable answer, and that is never a 404.</summary>
internal sealed partial class UnansweredMiddleware(RequestDelegate next, IBucket bucket, IAlerts alerts, ILogger<UnansweredMiddleware> logger)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<BucketFailure>() is not { } failure)
        {
            return next(context);
        }

        // The alert is the line in the log, one for all requests of an outage; the access log has each of them.
        var path = context.Features.GetRequiredFeature<AssetRequest>().Path;
        LogUnanswered(path, failure.Exception.Message);
        alerts.Raise(new Alert(AlertKind.Unanswered, bucket.Description, $"No answer for {path}: {failure.Exception.Message}", failure.Exception)
        {
            Request = AlertRequests.Of(context),
        });
        return Answers.UnavailableAsync(context);
    }

    [LoggerMessage(LogLevel.Debug, "No answer for {Path}: {Reason}")]
    private partial void LogUnanswered(string path, string reason);
}
