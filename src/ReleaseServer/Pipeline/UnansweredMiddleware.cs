using Microsoft.AspNetCore.Http.Features;

namespace ReleaseServer.Pipeline;

/// <summary>The end of the chain: the bucket gave no usable answer, and that is never a 404.</summary>
internal sealed partial class UnansweredMiddleware(RequestDelegate next, ILogger<UnansweredMiddleware> logger)
{
    /// <summary>Long enough for a blip to pass, short enough that a download manager does not give up.</summary>
    private const string RetryAfterSeconds = "10";

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<BucketFailure>() is not { } failure)
        {
            return next(context);
        }

        LogUnanswered(context.Features.GetRequiredFeature<AssetRequest>().Path, failure.Exception.Message);
        return AnswerAsync(context);
    }

    public static Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = RetryAfterSeconds;
        return Answers.ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, "The release store does not answer at the moment; please try again");
    }

    [LoggerMessage(LogLevel.Error, "No answer for {Path}: {Reason}")]
    private partial void LogUnanswered(string path, string reason);
}
