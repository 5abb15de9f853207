using System.Diagnostics.CodeAnalysis;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;

namespace ReleaseServer.Pipeline;

/// <summary>The only place that catches everything: a programming error costs one answer, never a body that looks whole.</summary>
internal sealed partial class ErrorBoundaryMiddleware(RequestDelegate next, IBucket bucket, IAlerts alerts, ILogger<ErrorBoundaryMiddleware> logger)
{
    [SuppressMessage("Design", "CA1031", Justification = "This is the boundary")]
    public Task InvokeAsync(HttpContext context)
    {
        Task answer;
        try
        {
            answer = next(context);
        }
        catch (Exception exception)
        {
            answer = Task.FromException(exception);
        }

        // Nearly all are: no state machine for them.
        return answer.IsCompletedSuccessfully ? answer : GuardAsync(context, answer);
    }

    [SuppressMessage("Design", "CA1031", Justification = "This is the boundary")]
    private async Task GuardAsync(HttpContext context, Task answer)
    {
        try
        {
            await answer;
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
            RaiseUnexpected(context, exception);
            context.Response.Clear();
            await Answers.ErrorAsync(context, StatusCodes.Status500InternalServerError, "Internal error");
        }
        catch (Exception exception)
        {
            LogBrokenOff(context.Request.Path, exception.Message);
            if (exception is BucketUnavailableException)
            {
                alerts.Raise(new Alert(
                    AlertKind.Unanswered, bucket.Description, $"The answer for {context.Request.Path} was broken off: {exception.Message}", exception)
                {
                    Request = AlertRequests.Of(context),
                });
            }
            else if (exception is not RepresentationChangedException)
            {
                RaiseUnexpected(context, exception);
            }

            context.Abort();
        }
    }

    private void RaiseUnexpected(HttpContext context, Exception exception) =>
        alerts.Raise(new Alert(AlertKind.Unexpected, ExceptionOrigin.Of(exception), exception.Message, exception) { Request = AlertRequests.Of(context) });

    [LoggerMessage(LogLevel.Error, "Unexpected error for {Path}")]
    private partial void LogFailed(PathString path, Exception exception);

    [LoggerMessage(LogLevel.Error, "The answer for {Path} was broken off: {Reason}")]
    private partial void LogBrokenOff(PathString path, string reason);
}
