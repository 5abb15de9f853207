using Microsoft.Extensions.Logging.Abstractions;
using ReleaseServer.Alerting;
using ReleaseServer.Origin;
using ReleaseServer.Testing.Alerting;
using ReleaseServer.Testing.Origin;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Origin;

/// <summary>How often origins are looked at, and what is told of it.</summary>
public sealed class OriginMonitorTests
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
    private readonly AlertRecorder _alerts = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Check_WhileDown_NotBeforeASecondAndBackSoonAfter()
    {
        await using var stub = await OriginStub.StartAsync();
        stub.IsHealthy = false;
        await using var run = await StartAsync(stub);
        var server = run.Servers.All[0];
        await UntilAsync(() => server.Health.Trouble is not null);
        run.Servers.NoteFailure(server, "a request failed");
        run.Servers.NoteFailure(server, "a request failed");
        await _clock.WaitForTimerAsync(Token);

        stub.IsHealthy = true;
        _clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal((1, true), (stub.Checks, server.Health.IsOpen));
        _clock.Advance(TimeSpan.FromMilliseconds(201));
        await UntilAsync(() => !server.Health.IsOpen && _alerts.ToldOf(AlertKind.OriginDown).Count > 1);

        Assert.Equal([$"raise origin-down {stub.Address}", $"resolve origin-down {stub.Address}"], _alerts.ToldOf(AlertKind.OriginDown));
    }

    [Fact]
    public async Task Check_Healthy_NotBeforeTheIntervalIsOver()
    {
        await using var stub = await OriginStub.StartAsync();
        var checks = new List<DateTimeOffset>();
        stub.OnCheck = () => checks.Add(_clock.GetUtcNow());
        await using var run = await StartAsync(stub);

        await UntilAsync(() =>
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            return stub.Checks >= 3;
        });

        Assert.InRange(checks[1] - checks[0], TimeSpan.FromSeconds(10), TimeSpan.MaxValue);
        Assert.InRange(checks[2] - checks[1], TimeSpan.FromSeconds(10), TimeSpan.MaxValue);
    }

    [Theory]
    [InlineData(404, true)]
    [InlineData(301, true)]
    [InlineData(500, false)]
    [InlineData(429, false)]
    public async Task Check_OtherStatus_HealthyWhereItTellsOfNoTrouble(int status, bool isHealthy)
    {
        await using var stub = await OriginStub.StartAsync();
        stub.Script = context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        };
        var options = new OriginOptions { Urls = [stub.Address], HealthPath = "/cheap?of=course" };
        using var servers = new OriginServers(options, new OriginSwitch(options), _alerts, _clock, NullLogger<OriginServers>.Instance);
        using var client = new OriginClient(servers, options, _clock, NullLogger<OriginClient>.Instance);

        var trouble = await client.CheckAsync(servers.All[0], Token);

        Assert.Equal(isHealthy, trouble is null);
        var call = Assert.Single(stub.Calls);
        Assert.Equal(("HEAD", "/cheap?of=course", "ReleaseServer"), (call.Method, call.Target, call.Fields["CDN-Loop"]));
    }

    [Fact]
    public void Failures_AllDown_ToldOnceAndTakenBackWhenSwitchedOff()
    {
        const string Subject = "origin-down http://a.example, http://b.example";
        var options = new OriginOptions { Urls = ["http://a.example", "http://b.example/"] };
        using var servers = new OriginServers(options, new OriginSwitch(options), _alerts, _clock, NullLogger<OriginServers>.Instance);
        for (var i = 0; i < OriginHealth.FailuresToOpen + 1; i++)
        {
            servers.NoteFailure(servers.All[0], "is down");
        }

        Assert.Empty(_alerts.ToldOf(AlertKind.OriginDown));
        for (var i = 0; i < OriginHealth.FailuresToOpen + 1; i++)
        {
            servers.NoteFailure(servers.All[1], "is down");
        }

        servers.Switch(OriginOrder.Off);
        servers.Switch(OriginOrder.BucketFirst);
        servers.NoteCheck(servers.All[1]);

        Assert.Equal([$"raise {Subject}", $"resolve {Subject}", $"raise {Subject}", $"resolve {Subject}"], _alerts.ToldOf(AlertKind.OriginDown));
    }

    // What comes over a socket comes in real time.
    private static async Task UntilAsync(Func<bool> isDone)
    {
        while (!isDone())
        {
            Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task<Run> StartAsync(params OriginStub[] stubs)
    {
        // The clock may run much faster than answers come.
        var options = new OriginOptions
        {
            Urls = [.. stubs.Select(static stub => stub.Address)],
            HealthPath = OriginStub.HealthPath,
            AnswerTimeout = TimeSpan.FromDays(40),
        };
        var servers = new OriginServers(options, new OriginSwitch(options), _alerts, _clock, NullLogger<OriginServers>.Instance);
        var client = new OriginClient(servers, options, _clock, NullLogger<OriginClient>.Instance);
        var monitor = new OriginMonitor(servers, client, options, _clock, NullLogger<OriginMonitor>.Instance);
        await monitor.StartAsync(Token);
        return new Run(servers, client, monitor);
    }

    private sealed record Run(OriginServers Servers, OriginClient Client, OriginMonitor Monitor) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Monitor.StopAsync(CancellationToken.None);
            Monitor.Dispose();
            Client.Dispose();
            Servers.Dispose();
        }
    }
}
