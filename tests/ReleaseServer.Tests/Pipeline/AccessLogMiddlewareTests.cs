using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using ReleaseServer.Downloads;
using ReleaseServer.Pipeline;
using ReleaseServer.Shadow;
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
        using var shadow = new ShadowMirror(new ShadowOptions(), server: null!, TimeProvider.System, NullLogger<ShadowMirror>.Instance);
        var downloads = new DownloadCounter(new DownloadsOptions(), TimeProvider.System);
        var middleware = new AccessLogMiddleware(static _ => throw new IOException("the client has left"), access, new RequestMetrics(), downloads, shadow);

        await Assert.ThrowsAsync<IOException>(() => middleware.InvokeAsync(context));

        Assert.Equal(new AccessLine("GET", 500, 0), await recorder.AccessAsync("/dist/x"));
    }
}
