using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using ReleaseServer.Downloads;
using ReleaseServer.Shadow;
using ReleaseServer.Telemetry;

namespace ReleaseServer.Pipeline;

/// <summary>
/// Starts the clock; when all is over, counts the request and writes one line. Outside the error boundary, so it sees the status the client got.
/// </summary>
internal sealed class AccessLogMiddleware(RequestDelegate next, AccessLog log, RequestMetrics metrics, DownloadCounter downloads, ShadowMirror shadow)
{
    /// <summary>nginx's status for a client that closed the connection before its answer was whole.</summary>
    private const int ClientClosedRequest = 499;

    public Task InvokeAsync(HttpContext context) => Tracing.Source.HasListeners() ? TraceAsync(context) : RecordAsync(context);

    // What is answered at once costs no state machine.
    private Task RecordAsync(HttpContext context)
    {
        var record = RequestRecord.Begin();
        context.Features.Set(record);
        metrics.Began();
        Task answering;
        try
        {
            answering = next(context);
        }
        catch
        {
            End(context, record);
            throw;
        }

        if (!answering.IsCompletedSuccessfully)
        {
            return RecordAsync(context, record, answering);
        }

        End(context, record);
        return Task.CompletedTask;
    }

    private async Task RecordAsync(HttpContext context, RequestRecord record, Task answering)
    {
        try
        {
            await answering;
        }
        finally
        {
            // Also where the boundary's own answer failed, as it does when the client has left.
            End(context, record);
        }
    }

    private async Task TraceAsync(HttpContext context)
    {
        using var activity = Tracing.BeginRequest(context.Request.Method, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        await RecordAsync(context);
        activity?.SetTag("http.response.status_code", context.Response.StatusCode);
    }

    // Of a file that broke off, its bytes count and it does not; nor does a part, for whoever asks for parts asks for several.
    private void Count(HttpContext context, RequestRecord record, DownloadName download)
    {
        var response = context.Response;
        if (response.StatusCode is StatusCodes.Status200OK or StatusCodes.Status206PartialContent && !ShadowRequest.IsMirrored(context.Request.Headers))
        {
            var isWhole = response.StatusCode == StatusCodes.Status200OK && !record.ClientLeft && record.Bytes == (response.ContentLength ?? record.Bytes);
            var country = downloads.CountryField is { } field ? context.Request.Headers[field] : StringValues.Empty;
            downloads.Count(download, country, isWhole, record.Bytes);
        }
    }

    private void End(HttpContext context, RequestRecord record)
    {
        var ended = Stopwatch.GetTimestamp();
        var duration = Stopwatch.GetElapsedTime(record.Started, ended);
        var status = record.ClientLeft ? ClientClosedRequest : context.Response.StatusCode;
        metrics.Ended(new RequestOutcome(
            record.Route, status, record.Bytes, duration, record.FirstByteAfter(ended), record.Cache, record.ClientLeft, record.Origin is not null));
        if (record.Download is { } download && record.Bytes > 0)
        {
            Count(context, record, download);
        }

        if (log.IsEnabled)
        {
            log.Write(new AccessLogEntry(
                context.Request.Method,
                context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
                status,
                record.Bytes,
                duration,
                context.Connection.RemoteIpAddress,
                context.Request.Headers.UserAgent,
                log.TellsRequestId ? context.TraceIdentifier : "",
                record.Origin));
        }

        if (shadow.IsOn)
        {
            shadow.Offer(context);
        }

        // The features have it until they are those of another request; nobody looks there any more.
        record.End();
    }
}
