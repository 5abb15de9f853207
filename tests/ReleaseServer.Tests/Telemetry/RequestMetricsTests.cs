using ReleaseServer.Http;
using ReleaseServer.Telemetry;
using ReleaseServer.Tests.Http;

namespace ReleaseServer.Tests.Telemetry;

public sealed class RequestMetricsTests : IDisposable
{
    private readonly ServerMetrics _metrics = new();
    private readonly RequestMetrics _requests = new();
    private readonly PrometheusText _text;

    public RequestMetricsTests()
    {
        _requests.Register(_metrics);
        _text = new PrometheusText(_metrics);
    }

    public void Dispose()
    {
        _text.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public void Ended_OfEveryKind_EachInItsPlace()
    {
        var dist = _requests.RouteOf("/dist/");
        _requests.Began();
        _requests.Began();
        _requests.Began();

        _requests.Ended(Outcome(dist, 200, bytes: 1000, cache: CacheStatus.Hit) with { FirstByte = TimeSpan.FromMilliseconds(0.2) });
        _requests.Ended(Outcome(dist, 499, bytes: 10, cache: CacheStatus.Miss) with { ClientLeft = true, IsOfOrigin = true });

        var lines = _text.Write().Split('\n');
        Assert.Contains("releaseserver_http_requests_total{route=\"/dist/\",status=\"2xx\"} 1", lines);
        Assert.Contains("releaseserver_http_requests_total{route=\"/dist/\",status=\"4xx\"} 1", lines);
        Assert.Contains("releaseserver_http_sent_bytes_total{route=\"/dist/\"} 1010", lines);
        Assert.Contains("releaseserver_http_requests_in_flight 1", lines);
        Assert.Contains("releaseserver_http_client_disconnects_total 1", lines);
        Assert.Contains("releaseserver_http_origin_answers_total 1", lines);
        Assert.Contains("releaseserver_cache_results_total{result=\"hit\"} 1", lines);
        Assert.Contains("releaseserver_cache_results_total{result=\"miss\"} 1", lines);
        Assert.Contains("releaseserver_http_request_duration_seconds_bucket{route=\"/dist/\",le=\"0.001\"} 0", lines);
        Assert.Contains("releaseserver_http_request_duration_seconds_bucket{route=\"/dist/\",le=\"0.0025\"} 2", lines);
        Assert.Contains("releaseserver_http_request_duration_seconds_bucket{route=\"/dist/\",le=\"+Inf\"} 2", lines);
        Assert.Contains("releaseserver_http_request_duration_seconds_sum{route=\"/dist/\"} 0.004", lines);
        Assert.Contains("releaseserver_http_request_duration_seconds_count{route=\"/dist/\"} 2", lines);
        Assert.Contains("releaseserver_http_time_to_first_byte_seconds_bucket{route=\"/dist/\",le=\"0.00025\"} 1", lines);
    }

    [Fact]
    public async Task Ended_FromManyThreads_NoneIsLost()
    {
        const int Threads = 8;
        const int Each = 20_000;
        var route = _requests.RouteOf("/dist/");

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < Each; i++)
                {
                    _requests.Began();
                    _requests.Ended(Outcome(route, 200, bytes: 3, CacheStatus.Hit));
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        var lines = _text.Write().Split('\n');
        Assert.Contains($"releaseserver_http_requests_total{{route=\"/dist/\",status=\"2xx\"}} {Threads * Each}", lines);
        Assert.Contains($"releaseserver_http_sent_bytes_total{{route=\"/dist/\"}} {Threads * Each * 3}", lines);
        Assert.Contains("releaseserver_http_requests_in_flight 0", lines);
    }

    [Fact]
    public void Ended_Once_AllocatesNothing()
    {
        var route = _requests.RouteOf("/dist/");

        Assert.Equal(0, Allocations.Of(() =>
        {
            _requests.Began();
            _requests.Ended(Outcome(route, 206, bytes: 3, CacheStatus.Hit));
        }));
    }

    [Fact]
    public void RouteOf_MoreThanThereIsRoomFor_TheRestShareOne()
    {
        var numbers = Enumerable.Range(0, 1000).Select(i => _requests.RouteOf($"/{i}/")).ToList();

        Assert.Equal(46, numbers.Distinct().Count());
        Assert.Equal(numbers[^1], numbers[^2]);
        Assert.Equal(numbers[0], _requests.RouteOf("/0/"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    [InlineData(600)]
    [InlineData(999)]
    public void Ended_StatusOfNoClass_IsCountedAll(int status)
    {
        _requests.Ended(Outcome(RequestMetrics.NoRoute, status, bytes: 0, cache: null));

        Assert.Contains("releaseserver_http_requests_total{route=\"none\",status=\"other\"} 1", _text.Write(), StringComparison.Ordinal);
    }

    private static RequestOutcome Outcome(int route, int status, long bytes, CacheStatus? cache) => new(
        route, status, bytes, TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(1), cache, ClientLeft: false, IsOfOrigin: false);
}
