using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Resilience;
using ReleaseServer.Site;
using ReleaseServer.Testing.Alerting;
using ReleaseServer.Testing.S3;
using ReleaseServer.Testing.Server;
using ReleaseServer.Tests.Caching;

namespace ReleaseServer.Tests.Faults;

/// <summary>The whole server over two stores on sockets of their own, with every default of the settings: the primary fails, and clients do not notice.</summary>
public sealed class PrimaryFailsTests : IAsyncLifetime
{
    private const string Name = "releases";
    private const string Key = "nodejs/release/node.tar.gz";
    private const string Target = "/dist/node.tar.gz";

    private readonly byte[] _content = CacheOfTest.Content(700_000);
    private readonly AlertRecorder _alerts = new();
    private S3Stub _primary = null!;
    private S3Stub _replica = null!;
    private RunningServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Faults => [.. FaultsOfThePrimary.Keys];

    private static Dictionary<string, Func<StubFault>> FaultsOfThePrimary { get; } = new()
    {
        ["closes the connection"] = static () => new StubFault { Refuse = true },
        ["answers 500"] = static () => new StubFault { Status = 500, Code = "InternalError" },
        ["answers 503"] = static () => new StubFault { Status = 503, Code = "SlowDown" },
        ["answers 403"] = static () => new StubFault { Status = 403, Code = "AccessDenied" },
        ["has no bucket"] = static () => new StubFault { Status = 404, Code = "NoSuchBucket" },
        ["hangs"] = static () => new StubFault { HoldUntil = new TaskCompletionSource().Task },
        ["cuts bodies"] = static () => new StubFault { CutAfter = 100_000 },
        ["cuts bodies at once"] = static () => new StubFault { CutAfter = 0 },
    };

    public async ValueTask InitializeAsync()
    {
        (_primary, _replica) = (await S3Stub.StartAsync(), await S3Stub.StartAsync());
        var generation = new GenerationDocument(1, Links: null, HasCatalog: false, DateTimeOffset.UnixEpoch).Write();
        var options = new List<BucketOptions>();
        foreach (var store in new[] { _primary, _replica })
        {
            options.Add(store.AddBucket(Name));
            store.Put(Name, Key, StubObject.Of(_content));
            store.Put(Name, "nodejs/release/index.json", StubObject.Of("[]"u8.ToArray()));
            store.Put(Name, GenerationDocument.Key.Value, StubObject.Of(generation));
        }

        // A primary that hangs is left soon; nothing else here is about time.
        options[0].AttemptTimeout = TimeSpan.FromSeconds(1);
        _server = await RunningServer.StartAsync(
            BucketFactory.Create(options[0], TimeProvider.System),
            Token,
            configure: settings =>
            {
                (settings.Resilience.Retry, settings.Resilience.Breaker) = (new RetryOptions(), new BreakerOptions());
                settings.Resilience.Replicas = [options[1]];
            },
            replace: services => services.AddSingleton<IAlerts>(_alerts));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _primary.DisposeAsync();
        await _replica.DisposeAsync();
    }

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Faults))]
    public async Task Get_PrimaryFails_EveryClientGetsTheWhole(string fault)
    {
        _primary.Fail(FaultsOfThePrimary[fault]());

        for (var i = 0; i < 15; i++)
        {
            var response = await _server.AskAsync("GET", Target, Token);
            Assert.Equal(200, response.Status);
            Assert.Equal(_content, response.Body);
        }

        Assert.Equal(206, (await _server.AskAsync("GET", Target, Token, "Range: bytes=5-9")).Status);
    }

    [Fact(Timeout = 60_000)]
    public async Task Get_PrimaryHangs_LeftAloneButForOneProbeASecond_AndAskedAgainWhenItIsBack()
    {
        _primary.Fail(new StubFault { HoldUntil = new TaskCompletionSource().Task });
        await AskUntilAsync(() => _alerts.ToldOf(AlertKind.BucketDown).Any(static told => told.StartsWith("raise", StringComparison.Ordinal)));

        var (before, watch) = (_primary.Calls.Count, Stopwatch.StartNew());
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(200, (await _server.AskAsync("GET", Target, Token)).Status);
        }

        Assert.InRange(_primary.Calls.Count - before, 0, (int)watch.Elapsed.TotalSeconds + 1);

        _primary.Heal();
        await AskUntilAsync(() => _alerts.ToldOf(AlertKind.BucketDown).Any(static told => told.StartsWith("resolve", StringComparison.Ordinal)));
        var answered = _replica.Calls.Count(static call => call.Key == Key);
        Assert.Equal(200, (await _server.AskAsync("GET", Target, Token)).Status);
        Assert.Equal(answered, _replica.Calls.Count(static call => call.Key == Key));
    }

    [Fact(Timeout = 60_000)]
    public async Task Get_ObjectReplacedMidway_BrokenConnectionAndNeverAMix()
    {
        var cut = new TaskCompletionSource();
        var fault = new StubFault { CutAfter = 100_000, CutWhen = cut.Task };
        _primary.Fail(call => call.Key == Key, fault);
        await using var client = await RunningServer.ConnectAsync(_server.PublicPort, Token);
        await client.SendAsync($"GET {Target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await fault.Waits.WaitAsync(Token);

        _primary.Heal();
        _primary.Put(Name, Key, StubObject.Of(CacheOfTest.Content(700_000, seed: 2)));
        cut.SetResult();

        await Assert.ThrowsAnyAsync<Exception>(() => client.ReadResponseAsync("GET"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Get_BothDown_503AtOnceWhenThatIsKnown()
    {
        _primary.Fail(new StubFault { Refuse = true });
        _replica.Fail(new StubFault { Refuse = true });
        while (_alerts.ToldOf(AlertKind.BucketDown).Count(static told => told.StartsWith("raise", StringComparison.Ordinal)) < 2)
        {
            Assert.Equal(503, (await _server.AskAsync("GET", Target, Token)).Status);
        }

        var asked = _primary.Calls.Count(static call => call.Key == Key) + _replica.Calls.Count(static call => call.Key == Key);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(503, (await _server.AskAsync("GET", Target, Token)).Status);
        }

        Assert.Equal(asked, _primary.Calls.Count(static call => call.Key == Key) + _replica.Calls.Count(static call => call.Key == Key));
    }

    private async Task AskUntilAsync(Func<bool> isEnough)
    {
        while (!isEnough())
        {
            Assert.Equal(200, (await _server.AskAsync("GET", Target, Token)).Status);
        }
    }
}
