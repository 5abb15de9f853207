using System.Diagnostics.CodeAnalysis;

namespace ReleaseServer.Pipeline;

/// <summary>The only place that catches everything: a programming error costs one answer, never a body that looks whole.</summary>
internal sealed partial class ErrorBoundaryMiddleware(RequestDelegate next, ILogger<ErrorBoundaryMiddleware> logger)
{
    [SuppressMessage("Design", "CA1031", Justification = "This is the boundary")]
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException exception) when (exception is ClientLeftException || context.RequestAborted.IsCancellationRequested)
        {
            context.Features.Get<RequestRecord>()?.NoteClientLeft();
            context.Abort();
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            await Answers.ErrorAsync(context, exception.StatusCode, "Bad request");
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            LogFailed(context.Request.Path, exception);
            context.Response.Clear();
            await Answers.ErrorAsync(context, StatusCodes.Status500InternalServerError, "Internal error");
        }
        catch (Exception exception)
        {
            LogBrokenOff(context.Request.Path, exception.Message);
            context.Abort();
        }
    }

    [LoggerMessage(LogLevel.Error, "Unexpected error for {Path}")]
    private partial void LogFailed(PathString path, Exception exception);

    [LoggerMessage(LogLevel.Error, "The answer for {Path} was broken off: {Reason}")]
    private partial void LogBrokenOff(PathString path, string reason);
}
