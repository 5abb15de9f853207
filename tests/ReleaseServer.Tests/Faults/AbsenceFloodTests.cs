using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Alerting;
using ReleaseServer.Limits;
using ReleaseServer.Testing.Alerting;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Server;
using ReleaseServer.Testing.Time;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Faults;

/// <summary>A client that asks for many names that are not there costs the bucket little, and nobody else anything.</summary>
public sealed class AbsenceFloodTests : IAsyncDisposable
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 8, 5, 14, 3, 0, TimeSpan.Zero));
    private readonly AlertRecorder _alerts = new();
    private readonly ScratchFolder _folder = new();
    private readonly InMemoryBucket _inner = new();
    private FaultyBucket _bucket = null!;
    private RunningServer? _server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private int Asked => _bucket.Heads + _bucket.Opens;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Dispose();
    }

    [Fact]
    public async Task Probes_ThreeHundredAbsentNamesThrice_OneRequestANameAnd404AndNoAlert()
    {
        await StartAsync(new LimitsOptions());
        var before = Asked;

        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 300; i++)
            {
                Assert.Equal(404, (await AskAsync($"/dist/absent-{i}.tar.gz")).Status);
            }
        }

        Assert.InRange(Asked - before, 1, 300);
        Assert.Empty(_alerts.Raised);
    }

    [Fact]
    public async Task Flood_BeyondTheBurst_429AndTheBucketIsNotAsked()
    {
        await StartAsync(Limits());
        await FloodAsync(5);
        var before = (Asked, _bucket.Anys);

        var response = await AskAsync("/dist/absent-5");

        Assert.Equal((429, "1"), (response.Status, response["Retry-After"]));
        Assert.Equal("private, no-cache, no-store, max-age=0, must-revalidate", response["Cache-Control"]);
        Assert.Equal(429, (await AskAsync("/dist/absent-5/")).Status);
        Assert.Equal(before, (Asked, _bucket.Anys));
        Assert.Empty(_alerts.Raised);

        _clock.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(404, (await AskAsync("/dist/absent-5")).Status);
        Assert.Equal(429, (await AskAsync("/dist/absent-6")).Status);
    }

    [Theory]
    [InlineData("/dist/there", 200)]
    [InlineData("/dist/there", 206, "Range: bytes=0-0,2-2")]
    [InlineData("/dist/v1/", 200)]
    [InlineData("/dist/v1", 301)]
    [InlineData("/dist/absent-0", 404)]
    [InlineData("/nowhere", 404)]
    [InlineData("/traffic-manager", 204)]
    public async Task Flood_KnownName_AnsweredAsEver(string target, int status, params string[] fields)
    {
        await StartAsync(Limits());
        await AskAsync(target);
        await FloodAsync(5);
        Assert.Equal(429, (await AskAsync("/dist/absent-9")).Status);

        Assert.Equal(status, (await _server!.AskAsync("GET", target, Token, fields)).Status);
    }

    [Fact]
    public async Task Downloads_ManyNamesThatAreThere_CostNothing()
    {
        await StartAsync(Limits());

        for (var i = 0; i < 20; i++)
        {
            _inner.Put($"nodejs/release/file-{i}", "x");
            Assert.Equal(200, (await AskAsync($"/dist/file-{i}")).Status);
        }
    }

    [Fact]
    public async Task BucketDown_ManyRequests_503AndCostNothing()
    {
        await StartAsync(Limits());
        _bucket.GoDown();

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(503, (await AskAsync($"/dist/file-{i}")).Status);
        }
    }

    [Fact]
    public async Task Flood_ManyConnectionsAtOnce_NoMoreThanTheBurstGetThrough()
    {
        await StartAsync(Limits());

        var statuses = await Task.WhenAll(Enumerable.Range(0, 50).Select(async i => (await AskAsync($"/dist/absent-{i}")).Status));

        Assert.Equal((5, 45), (statuses.Count(static status => status == 404), statuses.Count(static status => status == 429)));
    }

    [Fact]
    public async Task Flood_ThroughATrustedProxy_OnlyThatClientRefused()
    {
        var limits = Limits();
        limits.TrustedProxies = ["127.0.0.0/8"];
        await StartAsync(limits);
        await FloodAsync(5, "X-Forwarded-For: 203.0.113.1");

        Assert.Equal(429, (await AskAsync("/dist/absent-9", "X-Forwarded-For: 1.1.1.1, 203.0.113.1")).Status);
        Assert.Equal(404, (await AskAsync("/dist/absent-9", "X-Forwarded-For: 203.0.113.2")).Status);
    }

    [Fact]
    public async Task Flood_FromNobodyTrusted_WhatItSaysOfItselfIsIgnored()
    {
        await StartAsync(Limits());
        for (var i = 0; i < 5; i++)
        {
            await AskAsync($"/dist/absent-{i}", $"X-Forwarded-For: 203.0.113.{i}", $"Forwarded: for=203.0.113.{i}");
        }

        Assert.Equal(429, (await AskAsync("/dist/absent-9", "X-Forwarded-For: 203.0.113.99", "Forwarded: for=203.0.113.99")).Status);
    }

    [Fact]
    public async Task Flood_LimitSwitchedOff_404()
    {
        var limits = Limits();
        limits.AbsentNamesPerSecond = 0;
        await StartAsync(limits);
        await FloodAsync(5);

        Assert.Equal(404, (await AskAsync("/dist/absent-9")).Status);
    }

    private static LimitsOptions Limits() => new() { AbsentNamesPerSecond = 2, AbsentNamesBurst = 5 };

    private async Task StartAsync(LimitsOptions limits)
    {
        _inner.Put("nodejs/release/there", "there");
        _inner.Put("nodejs/release/v1/x", "x");
        _bucket = new FaultyBucket(_inner);
        _server = await RunningServer.StartAsync(
            _bucket,
            Token,
            configure: settings =>
            {
                (settings.Cache.Enabled, settings.Cache.Path) = (true, _folder.In("cache"));
                settings.Limits.AbsentNamesPerSecond = limits.AbsentNamesPerSecond;
                settings.Limits.AbsentNamesBurst = limits.AbsentNamesBurst;
                settings.Limits.TrustedProxies = limits.TrustedProxies;
            },
            replace: services =>
            {
                services.AddSingleton<TimeProvider>(_clock);
                services.AddSingleton<IAlerts>(_alerts);
            });
    }

    private async Task FloodAsync(int names, params string[] fields)
    {
        for (var i = 0; i < names; i++)
        {
            Assert.Equal(404, (await AskAsync($"/dist/absent-{i}", fields)).Status);
        }
    }

    private Task<RawResponse> AskAsync(string target, params string[] fields) => _server!.AskAsync("GET", target, Token, fields);
}
