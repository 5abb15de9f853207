using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using ReleaseServer.Telemetry;

namespace ReleaseServer.Pipeline;

/// <summary>Starts the clock, and writes one line when all is over. Outside the error boundary, so it sees the status the client got.</summary>
internal sealed class AccessLogMiddleware(RequestDelegate next, AccessLog log)
{
    /// <summary>nginx's status for a client that closed the connection before its answer was whole.</summary>
    private const int ClientClosedRequest = 499;

    public Task InvokeAsync(HttpContext context) => log.IsEnabled ? LogAsync(context) : next(context);

    private async Task LogAsync(HttpContext context)
    {
        var started = Stopwatch.GetTimestamp();
        var record = new RequestRecord();
        context.Features.Set(record);
        try
        {
            await next(context);
        }
        finally
        {
            // Also where the boundary's own answer failed, as it does when the client has left.
            Write(context, record, started);
        }
    }

    private void Write(HttpContext context, RequestRecord record, long started) => log.Write(new AccessLogEntry(
        context.Request.Method,
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
        record.ClientLeft ? ClientClosedRequest : context.Response.StatusCode,
        record.Bytes,
        Stopwatch.GetElapsedTime(started),
        context.Connection.RemoteIpAddress,
        context.Request.Headers.UserAgent,
        log.TellsRequestId ? context.TraceIdentifier : "",
        record.Origin));
}
