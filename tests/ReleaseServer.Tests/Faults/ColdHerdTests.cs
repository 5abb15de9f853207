using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Buckets;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.S3;
using ReleaseServer.Testing.Server;
using ReleaseServer.Testing.Time;
using ReleaseServer.Tests.Buckets;
using ReleaseServer.Tests.Caching;

namespace ReleaseServer.Tests.Faults;

/// <summary>A thousand clients at once on a file that is not here yet are one request to the bucket, whatever becomes of it.</summary>
[Collection(nameof(ColdHerdTests))]
public sealed class ColdHerdTests : IAsyncLifetime
{
    private const int Herd = 1_000;
    private const string Bucket = "releases";
    private const string Key = "nodejs/release/v1.0.0/digits.bin";
    private const int Length = 600_000;

    /// <summary>Bytes that have come when the bucket breaks off; those of the last 64 KB would be shown to nobody yet.</summary>
    private const int CutAfter = 100_000;

    private readonly ScratchFolder _folder = new();
    private readonly byte[] _content = CacheOfTest.Content(Length);
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<RawClient> _clients = [];
    private S3Stub? _store;
    private RunningServer? _server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = await S3Stub.StartAsync();
        var options = _store.AddBucket(Bucket);
        options.AttemptTimeout = options.StallTimeout = TimeSpan.FromSeconds(2);
        _store.Put(Bucket, Key, StubObject.Of(_content));

        // The cache's clock stands, so that what it remembers of a failure holds until the last client has asked.
        _server = await RunningServer.StartAsync(
            BucketFactory.Create(options, TimeProvider.System),
            Token,
            configure: settings => (settings.Cache.Enabled, settings.Cache.Path) = (true, _folder.In("cache")),
            replace: static services => services.AddSingleton<TimeProvider>(new ManualClock(new DateTimeOffset(2026, 8, 5, 14, 3, 0, TimeSpan.Zero))));
        for (var number = 0; number < Herd; number++)
        {
            _clients.Add(await RunningServer.ConnectAsync(_server.PublicPort, Token));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _release.TrySetResult();
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        await (_server?.DisposeAsync() ?? default);
        await (_store?.DisposeAsync() ?? default);
        _folder.Dispose();
    }

    [Fact]
    public async Task Herd_BucketAnswers_WholeForAllByOneRequest()
    {
        await SendAllAsync(new StubFault { HoldUntil = _release.Task });

        _release.SetResult();

        var answers = await Task.WhenAll(_clients.Select(static client => client.ReadResponseAsync("GET")));
        Assert.All(answers, answer => Assert.True(answer.Status == 200 && _content.AsSpan().SequenceEqual(answer.Body), answer.ToString()));
        Assert.Equal(1, CallsForKey());
    }

    [Fact]
    public async Task Herd_BucketFails_503ForAllByOneRequest()
    {
        await SendAllAsync(new StubFault { HoldUntil = _release.Task, Status = 503, Code = "SlowDown" });

        _release.SetResult();

        await AssertUnavailableAsync();
    }

    [Fact]
    public async Task Herd_BucketHangs_503ForAllByOneRequest()
    {
        await SendAllAsync(new StubFault { HoldUntil = _release.Task });

        await AssertUnavailableAsync();
    }

    [Fact]
    public async Task Herd_BucketBreaksOff_NobodyHasAllByOneRequest()
    {
        await SendAllAsync(new StubFault { CutAfter = CutAfter, CutWhen = _release.Task });
        var heads = await Task.WhenAll(_clients.Select(static client => client.ReadHeadAsync()));
        Assert.All(heads, static head => Assert.Equal(200, head.Status));

        _release.SetResult();

        var rests = await Task.WhenAll(_clients.Select(static client => client.ReadToEndAsync()));
        Assert.All(rests, rest => Assert.True(rest.Bytes.Length <= CutAfter && _content.AsSpan().StartsWith(rest.Bytes)));
        Assert.Equal(1, CallsForKey());
    }

    // The first asks until the bucket has the request; then come all the others.
    private async Task SendAllAsync(StubFault fault)
    {
        const string Request = "GET /dist/v1.0.0/digits.bin HTTP/1.1\r\nHost: localhost\r\n\r\n";
        _store!.Fail(static call => call.Key == Key, fault);
        await _clients[0].SendAsync(Request);
        await fault.Waits.WaitAsync(RawClient.Patience, Token);
        foreach (var client in _clients.Skip(1))
        {
            await client.SendAsync(Request);
        }
    }

    private async Task AssertUnavailableAsync()
    {
        var answers = await Task.WhenAll(_clients.Select(static client => client.ReadResponseAsync("GET")));
        Assert.All(answers, static answer => Assert.True(answer.Status == 503 && answer["Retry-After"] is not null, answer.ToString()));
        Assert.Equal(1, CallsForKey());
    }

    private int CallsForKey() => _store!.Calls.Count(static call => call.Key == Key);
}

/// <summary>A thousand connections at once would slow down whoever measures patience meanwhile.</summary>
[CollectionDefinition(nameof(ColdHerdTests), DisableParallelization = true)]
public sealed class ManyConnections;
