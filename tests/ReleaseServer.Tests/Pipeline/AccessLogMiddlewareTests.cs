using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ReleaseServer.Downloads;
using ReleaseServer.Pipeline;
using ReleaseServer.Telemetry;
using ReleaseServer.Testing.Logging;

namespace ReleaseServer.Tests.Pipeline;

public sealed class AccessLogMiddlewareTests
{
    [Fact]
    public async Task Invoke_ChainThrows_LineIsWrittenAllTheSame()
    {
        var recorder = new LogEventRecorder();
        using var log = ServerLog.Create(new LogOptions(), queued => queued.Sink(recorder));
        var access = new AccessLog(log.Logger, new LogOptions(), TimeProvider.System);
        var context = new DefaultHttpContext { Request = { Method = "GET" }, Response = { StatusCode = 500 } };
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = "/dist/x";
        var middleware = new AccessLogMiddleware(static _ => throw new IOException("the client has left"), access, new RequestMetrics(), new DownloadCounter(new DownloadsOptions(), TimeProvider.System));

        await Assert.ThrowsAsync<IOException>(() => middleware.InvokeAsync(context));

        Assert.Equal(new AccessLine("GET", 500, 0), await recorder.AccessAsync("/dist/x"));
    }
}
