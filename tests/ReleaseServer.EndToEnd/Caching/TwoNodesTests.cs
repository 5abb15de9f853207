using System.Net;
using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.EndToEnd.Releases;
using ReleaseServer.Testing.S3;

namespace ReleaseServer.EndToEnd.Caching;

/// <summary>Two servers that keep what they read of one bucket, and purges that reach both.</summary>
public sealed class TwoNodesTests : IAsyncLifetime
{
    private const string Bucket = "releases";
    private const string Version = "nodejs/release/v22.1.0/";
    private const string Small = Version + "SHASUMS256.txt";
    private const string Large = Version + "node-v22.1.0.tar.gz";

    private static readonly string[] Others =
        [Version + "SHASUMS256.txt.sig", Version + "node-v22.1.0-headers.tar.gz", "nodejs/release/v22.2.0/SHASUMS256.txt", "nodejs/release/v22.2.0/node-v22.2.0.tar.gz"];

    // What is promised of a purge, with and without a knock.
    private static readonly TimeSpan Knocked = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Polled = TimeSpan.FromSeconds(10);

    private readonly TemporaryDirectory _home = new();
    private readonly HttpClient _http = new();
    private readonly ServerProcess[] _nodes = new ServerProcess[2];
    private S3Stub? _store;
    private string[] _settings = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = await S3Stub.StartAsync();
        var options = _store.AddBucket(Bucket);
        _settings =
        [
            .. EmptyBucket.SettingsOf(options, "Bucket"),
        ];
        foreach (var key in Others.Append(Small).Append(Large))
        {
            Put(key, seed: 1);
        }

        await Task.WhenAll(StartAsync(0), StartAsync(1));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await (node?.DisposeAsync() ?? default);
        }

        await (_store?.DisposeAsync() ?? default);
        _http.Dispose();
        _home.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Purge_ObjectsReplaced_NewBytesOnBothAndNothingElseAsked(bool isKnocked)
    {
        await WarmAsync();
        var (small, large) = (Put(Small, seed: 2), Put(Large, seed: 2));
        var asked = CallsForOthers();

        await PurgeAsync(isKnocked ? _nodes : [], "--key", Small, "--key", Large);

        await AwaitAsync(isKnocked ? Knocked : Polled, async () =>
            await HasAsync(_nodes[0], Small, small) && await HasAsync(_nodes[1], Small, small)
            && await HasAsync(_nodes[0], Large, large) && await HasAsync(_nodes[1], Large, large));
        await ReadOthersAsync();
        Assert.Equal(asked, CallsForOthers());
    }

    [Fact]
    public async Task HardPurge_ObjectsWithdrawn_404OnBothAndAfterAKill()
    {
        await WarmAsync();
        _store!.Remove(Bucket, Small);
        _store.Remove(Bucket, Large);

        await PurgeAsync(_nodes, "--hard", "--key", Small, "--key", Large);

        await AssertStatusAsync(HttpStatusCode.NotFound);
        await Task.WhenAll(RestartAsync(0), RestartAsync(1));
        await AssertStatusAsync(HttpStatusCode.NotFound);

        _store.Fail(new StubFault { Status = 503, Code = "SlowDown" });
        await Task.WhenAll(RestartAsync(0), RestartAsync(1));
        await AssertStatusAsync(HttpStatusCode.ServiceUnavailable);
        Assert.True(await HasAsync(_nodes[0], Others[1], Content(Others[1], seed: 1)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Purge_WhileANodeIsDown_AppliedWhenItIsBack(bool isHard)
    {
        await WarmAsync();
        await _nodes[1].KillAsync();
        var large = Put(Large, seed: 2);
        var asked = CallsForOthers();

        await PurgeAsync(_nodes[..1], [.. isHard ? ["--hard"] : Array.Empty<string>(), "--key", Large]);
        await StartAsync(1);

        await AwaitAsync(Knocked, async () => await HasAsync(_nodes[0], Large, large) && await HasAsync(_nodes[1], Large, large));
        Assert.True(await HasAsync(_nodes[1], Others[1], Content(Others[1], seed: 1)));
        Assert.Equal(asked, CallsForOthers());
    }

    private async Task StartAsync(int number)
    {
        var directory = Directory.CreateDirectory(_home[$"node-{number}"]).FullName;
        _nodes[number] = await ServerProcess.StartAsync(directory, _settings);
    }

    private async Task RestartAsync(int number)
    {
        await _nodes[number].KillAsync();
        await _nodes[number].DisposeAsync();
        await StartAsync(number);
    }

    private async Task PurgeAsync(IEnumerable<ServerProcess> knocked, params string[] selectors)
    {
        var nodes = knocked.SelectMany(static node => new[] { "--node", node.AdminAddress.GetLeftPart(UriPartial.Authority) });
        (await ServerProcess.RunAsync("purge", _home.Path, [.. _settings, .. selectors, .. nodes])).Expect(0);
    }

    // Twice, so that all of it is surely kept.
    private async Task WarmAsync()
    {
        for (var round = 0; round < 2; round++)
        {
            await ReadOthersAsync();
            foreach (var node in _nodes)
            {
                Assert.True(await HasAsync(node, Small, Content(Small, seed: 1)));
                Assert.True(await HasAsync(node, Large, Content(Large, seed: 1)));
            }
        }
    }

    private async Task ReadOthersAsync()
    {
        foreach (var node in _nodes)
        {
            foreach (var key in Others)
            {
                Assert.True(await HasAsync(node, key, Content(key, seed: 1)), key);
            }
        }
    }

    private async Task AssertStatusAsync(HttpStatusCode status)
    {
        foreach (var node in _nodes)
        {
            foreach (var key in new[] { Small, Large })
            {
                using var response = await GetAsync(node, key);
                Assert.Equal(status, response.StatusCode);
            }
        }
    }

    private static async Task AwaitAsync(TimeSpan longest, Func<Task<bool>> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < longest, $"The old bytes are still answered after {longest.TotalSeconds} s");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Token);
        }
    }

    private async Task<bool> HasAsync(ServerProcess node, string key, byte[] content)
    {
        using var response = await GetAsync(node, key);
        var body = await response.Content.ReadAsByteArrayAsync(Token);
        return response.IsSuccessStatusCode && content.AsSpan().SequenceEqual(body);
    }

    private Task<HttpResponseMessage> GetAsync(ServerProcess node, string key) =>
        _http.GetAsync(new Uri(node.BaseAddress, key.Replace("nodejs/release/", "/dist/", StringComparison.Ordinal)), Token);

    private byte[] Put(string key, int seed)
    {
        var content = Content(key, seed);
        _store!.Put(Bucket, key, StubObject.Of(content));
        return content;
    }

    private int CallsForOthers() => _store!.Calls.Count(static call => Others.Contains(call.Key));

    // Archives are kept on disk, the others in memory.
    private static byte[] Content(string key, int seed)
    {
        var content = new byte[key.EndsWith(".tar.gz", StringComparison.Ordinal) ? 700_000 + key.Length : 3_000 + key.Length];
        new Random((seed * 1000) + key.Length).NextBytes(content);
        return content;
    }
}
