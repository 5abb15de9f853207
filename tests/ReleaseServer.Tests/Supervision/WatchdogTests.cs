using Microsoft.Extensions.Logging.Abstractions;
using ReleaseServer.Supervision;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Supervision;

public sealed class WatchdogTests : IDisposable
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 8, 5, 14, 3, 0, TimeSpan.Zero));
    private readonly ServiceManager _manager = new();
    private readonly NotifySocket _socket;
    private readonly CancellationTokenSource _end = new();

    public WatchdogTests() => _socket = new NotifySocket(_manager.Address);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _end.Dispose();
        _socket.Dispose();
        _manager.Dispose();
    }

    [Fact]
    public async Task Run_AllSignsGiven_PingsTwiceInTheTime()
    {
        var run = Start(static _ => Task.CompletedTask);

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("WATCHDOG=1\nSTATUS=well", await _manager.ReadAsync());
            Assert.False(_manager.HasMore);
            await _clock.WaitForTimerAsync(Token);
            _clock.Advance(TimeSpan.FromSeconds(15));
        }

        await EndAsync(run);
    }

    [Fact]
    public async Task Run_SignHangs_NoPingUntilItIsGiven()
    {
        var hangs = new TaskCompletionSource();
        var asked = new SemaphoreSlim(0);
        var run = Start(_ =>
        {
            asked.Release();
            return hangs.Task;
        });

        for (var i = 0; i < 8; i++)
        {
            await asked.WaitAsync(Token);
            await _clock.WaitForTimerAsync(Token);
            _clock.Advance(TimeSpan.FromSeconds(7.5));
        }

        Assert.False(_manager.HasMore);
        hangs.SetResult();
        Assert.Equal("WATCHDOG=1\nSTATUS=well", await _manager.ReadAsync());
        await EndAsync(run);
    }

    [Fact]
    public async Task Run_SignFails_NoPing()
    {
        var asked = new SemaphoreSlim(0);
        var run = Start(_ =>
        {
            asked.Release();
            throw new IOException("Connection refused");
        });

        await asked.WaitAsync(Token);
        await _clock.WaitForTimerAsync(Token);

        Assert.False(_manager.HasMore);
        await EndAsync(run);
    }

    private Task Start(Func<CancellationToken, Task> sign) => new Watchdog(
        _socket, TimeSpan.FromSeconds(30), () => [LifeSign.OfThreadPool, new LifeSign("it", sign)], static () => "well", _clock, NullLogger<Watchdog>.Instance)
        .RunAsync(_end.Token);

    private async Task EndAsync(Task run)
    {
        await _end.CancelAsync();
        await run;
    }
}
