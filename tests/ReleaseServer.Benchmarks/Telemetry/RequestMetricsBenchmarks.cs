using BenchmarkDotNet.Attributes;
using ReleaseServer.Http;
using ReleaseServer.Telemetry;

namespace ReleaseServer.Benchmarks.Telemetry;

/// <summary>What counting adds to each request.</summary>
[MemoryDiagnoser]
public class RequestMetricsBenchmarks
{
    private readonly RequestMetrics _metrics = new();
    private readonly RequestOutcome _outcome;

    public RequestMetricsBenchmarks() => _outcome = new RequestOutcome(
        _metrics.RouteOf("/dist/"), 200, 1000, TimeSpan.FromMicroseconds(40), TimeSpan.FromMicroseconds(30), CacheStatus.Hit, ClientLeft: false, IsOfOrigin: false);

    [Benchmark]
    public void Request()
    {
        _metrics.Began();
        _metrics.Ended(_outcome);
    }
}
