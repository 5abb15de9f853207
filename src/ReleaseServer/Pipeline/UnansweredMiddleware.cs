using Microsoft.AspNetCore.Http.Features;

namespace ReleaseServer.Pipeline;

/// <summary>The end of the chain: the bucket gave no usable answer, and that is never a 404.</summary>
internal sealed partial class UnansweredMiddleware(RequestDelegate next, ILogger<UnansweredMiddleware> logger)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<BucketFailure>() is not { } failure)
        {
            return next(context);
        }

        LogUnanswered(context.Features.GetRequiredFeature<AssetRequest>().Path, failure.Exception.Message);
        return Answers.UnavailableAsync(context);
    }

    [LoggerMessage(LogLevel.Error, "No answer for {Path}: {Reason}")]
    private partial void LogUnanswered(string path, string reason);
}
