using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Commands;
using ReleaseServer.Releases;
using ReleaseServer.Site;
using ReleaseServer.Testing.Alerting;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Server;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Faults;

/// <summary>A start with one of the things dead that the server needs: it starts, and serves what it can.</summary>
public sealed class DeadDependencyTests : IDisposable
{
    private const string Nobody = "http://127.0.0.1:1";

    private readonly ScratchFolder _folder = new();
    private readonly InMemoryBucket _bucket = new();

    public DeadDependencyTests()
    {
        _bucket.Put("nodejs/release/v1/x", "x of v1");
        _bucket.Put("nodejs/release/v1/y", "y of v1");
        _bucket.Put("nodejs/release/large", new byte[3 << 20]);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_BucketDead_LastGoodLinksAndCacheOfTheDisk()
    {
        await new SitePublisher(_bucket, TimeProvider.System).PublishLinksAsync([new Link("nodejs/release/latest", "nodejs/release/v1", IsDirectory: true)], Token);
        var bucket = new FaultyBucket(_bucket);
        await using (var first = await StartAsync(bucket, KeepOnDisk))
        {
            Assert.Equal(200, (await first.AskAsync("GET", "/dist/large", Token)).Status);
        }

        bucket.GoDown();
        await using var server = await StartAsync(bucket, KeepOnDisk);

        Assert.Equal(200, (await server.AskAsync("GET", "/dist/large", Token)).Status);
        Assert.Equal(503, (await server.AskAsync("GET", "/dist/latest/x", Token)).Status);
        Assert.Equal(200, (await AdminAsync(server, "/ready")).Status);
        bucket.Recover();

        // Not the one that has just failed, which the cache leaves alone for a moment.
        Assert.Equal("y of v1", (await server.AskAsync("GET", "/dist/latest/y", Token)).Text);
    }

    [Fact]
    public async Task Start_OriginDead_ServesFromTheBucket()
    {
        await using var server = await StartAsync(_bucket, static settings => settings.Origin.Urls = [Nobody]);

        Assert.Equal(200, (await server.AskAsync("GET", "/dist/v1/x", Token)).Status);
        Assert.Equal(200, (await AdminAsync(server, "/ready")).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Start_SentryAndSlackDeadOrHung_ServesAndStops(bool isHung)
    {
        await using var stub = await AlertStub.StartAsync();
        stub.Hold = isHung ? new TaskCompletionSource() : null;
        await using var server = await StartAsync(_bucket, settings =>
        {
            settings.Sentry.Dsn = isHung ? stub.Dsn : "http://key@127.0.0.1:1/1";
            settings.Slack.WebhookUrl = isHung ? stub.Webhook : new Uri(Nobody + "/hook");
        });
        server.Services.GetRequiredService<IAlerts>().Raise(new Alert(AlertKind.BucketDown, "a bucket", "It does not answer."));

        Assert.Equal(200, (await server.AskAsync("GET", "/dist/v1/x", Token)).Status);
        await server.StopAsync(Token);
        stub.Hold?.SetResult();
    }

    [Theory]
    [InlineData("/proc/no-such-place")]
    [InlineData("/dev/full/cache")]
    public async Task Start_CacheDiskUnusable_Serves(string path)
    {
        await using var server = await StartAsync(_bucket, settings => (settings.Cache.Enabled, settings.Cache.Path) = (true, path));

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(3 << 20, (await server.AskAsync("GET", "/dist/large", Token)).Body.Length);
            Assert.Equal(200, (await server.AskAsync("GET", "/dist/v1/x", Token)).Status);
        }
    }

    [Theory]
    [InlineData("/proc/no-such-place")]
    [InlineData("/dev/full/state")]
    public async Task Start_StatePathUnusable_ServesAndIsReady(string path)
    {
        await using var server = await StartAsync(_bucket, settings => settings.Site.StatePath = path);

        Assert.Equal(200, (await server.AskAsync("GET", "/dist/v1/x", Token)).Status);
        Assert.Equal(200, (await AdminAsync(server, "/ready")).Status);
    }

    private static Task<RunningServer> StartAsync(IBucket bucket, Action<ServerSettings> configure) =>
        RunningServer.StartAsync(bucket, Token, configure: configure);

    private static async Task<RawResponse> AdminAsync(RunningServer server, string path)
    {
        await using var client = await RunningServer.ConnectAsync(server.AdminPort, Token);
        await client.SendAsync($"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
        return await client.ReadResponseAsync("GET");
    }

    private void KeepOnDisk(ServerSettings settings)
    {
        (settings.Cache.Enabled, settings.Cache.Path) = (true, _folder.In("cache"));
        settings.Site.StatePath = _folder.In("state");
    }
}
