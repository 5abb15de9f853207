using System.Text;
using ReleaseServer.Telemetry;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Cdn;
using ReleaseServer.Testing.Server;

namespace ReleaseServer.Tests.Telemetry;

/// <summary>What a collector gets; it speaks HTTP, as the stub of another service does.</summary>
public sealed class OtlpExportTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stop_AfterARequest_CollectorHasMetricsAndTheTraceOfIt()
    {
        await using var collector = await CdnStub.StartAsync();
        var bucket = new InMemoryBucket();
        bucket.Put("nodejs/release/x", "content"u8.ToArray());
        var server = await RunningServer.StartAsync(bucket, Token, configure: settings =>
        {
            settings.Otlp.Endpoint = collector.Url;
            settings.Otlp.Protocol = OtlpProtocol.Http;
            settings.Otlp.Headers = "api-key=0123";
            settings.Otlp.TraceRatio = 1;
            settings.Otlp.Interval = TimeSpan.FromMinutes(10);
        });
        await using (server)
        {
            await server.AskAsync("GET", "/dist/x?secret", Token);
            await server.StopAsync(Token);
        }

        var metrics = Texts("/v1/metrics");
        Assert.Contains("releaseserver.http.requests", metrics, StringComparison.Ordinal);
        Assert.Contains("releaseserver.http.request_duration", metrics, StringComparison.Ordinal);
        var traces = Texts("/v1/traces");
        Assert.Contains("/dist/x", traces, StringComparison.Ordinal);
        Assert.Contains("nodejs/release/x", traces, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", traces, StringComparison.Ordinal);
        Assert.All(collector.Calls, static call => Assert.Equal("0123", call.Fields["api-key"]));

        // Protocol buffers hold texts as they are.
        string Texts(string target) => string.Concat(collector.Calls.Where(call => call.Target == target).Select(static call => call.Body));
    }

    [Fact]
    public async Task Collector_Away_ServerServesAndStops()
    {
        var bucket = new InMemoryBucket();
        bucket.Put("nodejs/release/x", Encoding.UTF8.GetBytes("content"));
        await using var server = await RunningServer.StartAsync(bucket, Token, configure: static settings =>
        {
            settings.Otlp.Endpoint = new Uri("http://127.0.0.1:9");
            settings.Otlp.TraceRatio = 1;
        });

        Assert.Equal(200, (await server.AskAsync("GET", "/dist/x", Token)).Status);
        await server.StopAsync(Token);
    }
}
