using System.Globalization;
using ReleaseServer.Supervision;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Server;
using ReleaseServer.Tests.Transport;
using ReleaseServer.Transport;

namespace ReleaseServer.Tests.Supervision;

/// <summary>What the manager of a whole server hears.</summary>
public sealed class SupervisorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Serve_StartedAndStopped_ReadyPingsAndStopping(bool lends)
    {
        using var manager = new ServiceManager();
        await using var server = await RunningServer.StartAsync(new InMemoryBucket(), Token, configure: settings => settings.Server.Lending = lends);
        await using var supervisor = Supervisor.Open(EnvironmentOf(manager, TimeSpan.FromSeconds(2)), server.Services)!;

        supervisor.Start();

        Assert.StartsWith("READY=1\nSTATUS=Serving generation ", await manager.ReadAsync(), StringComparison.Ordinal);
        Assert.StartsWith("WATCHDOG=1\nSTATUS=Serving generation ", await manager.ReadAsync(), StringComparison.Ordinal);
        await server.StopAsync(Token);
        string told;
        do
        {
            told = await manager.ReadAsync();
        }
        while (told.StartsWith("WATCHDOG=1\n", StringComparison.Ordinal));

        Assert.Equal("STOPPING=1\nSTATUS=Finishing what is under way", told);
    }

    [Fact]
    public async Task Start_BucketAwayFromTheStart_ReadyAllTheSame()
    {
        using var manager = new ServiceManager();
        var bucket = new FaultyBucket(new InMemoryBucket());
        bucket.GoDown();
        await using var server = await RunningServer.StartAsync(bucket, Token);
        await using var supervisor = Supervisor.Open(EnvironmentOf(manager, null), server.Services)!;

        supervisor.Start();

        Assert.StartsWith("READY=1\nSTATUS=Waiting for site data", await manager.ReadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_NoManager_Null()
    {
        await using var server = await RunningServer.StartAsync(new InMemoryBucket(), Token);

        Assert.Null(Supervisor.Open(new Dictionary<string, string>(), server.Services));
    }

    [Fact]
    public async Task Listener_FullOfConnections_AliveAndGone_Dead()
    {
        var host = await LendingHost.StartAsync(static _ => Task.CompletedTask, maxConnections: 1);
        await using var only = await host.AskAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        await only.ReadResponseAsync("GET");
        using var listener = new ListenerLifeSign($"http://127.0.0.1:{host.Port}");

        await listener.Sign.ProveAsync(Token);

        await host.StopAsync();
        await host.DisposeAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => listener.Sign.ProveAsync(Token));
    }

    [Fact]
    public async Task SocketThreads_OneHeldUp_NoSignUntilItGoesOn()
    {
        using var goOn = new ManualResetEventSlim();
        var isHeld = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var loops = new EventLoops();
        await loops.ProbeAsync(Token);
        await using var host = await LendingHost.StartAsync(context =>
        {
            // A request that is there before it is waited for runs in the thread pool.
            if (!EventThread.IsElsewhere)
            {
                isHeld.TrySetResult();
                goOn.Wait(Token);
            }

            return Task.CompletedTask;
        });
        await using var client = await host.ConnectAsync();
        var answer = Task.CompletedTask;
        while (!isHeld.Task.IsCompleted)
        {
            await answer;
            await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            answer = client.ReadResponseAsync("GET");
            await Task.WhenAny(answer, isHeld.Task);
        }

        var probe = host.ProbeAsync(Token);
        await loops.ProbeAsync(Token); // others are not held up
        Assert.False(probe.IsCompleted);

        goOn.Set();
        await probe;
        await answer;
    }

    private static Dictionary<string, string> EnvironmentOf(ServiceManager manager, TimeSpan? watchdog)
    {
        var environment = new Dictionary<string, string> { ["NOTIFY_SOCKET"] = manager.Address };
        if (watchdog is { } time)
        {
            environment["WATCHDOG_USEC"] = time.TotalMicroseconds.ToString(CultureInfo.InvariantCulture);
        }

        return environment;
    }
}
