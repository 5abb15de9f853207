using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Alerting;
using ReleaseServer.Origin;
using ReleaseServer.Testing.Alerting;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Origin;
using ReleaseServer.Testing.Server;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Faults;

/// <summary>A server of one test over a bucket that fails on demand, with origins behind it that do so too. Nothing is checked but what the test asks for.</summary>
internal sealed class OriginSite : IAsyncDisposable
{
    public const string Token = "a-token-of-some-length";
    public const string Archive = "/dist/v2.0.0/node.tar.gz";
    public const string Index = "/dist/index.json";
    public const string Listing = "/dist/v2.0.0/";
    public const string Tag = "\"origin-1\"";

    public static readonly DateTimeOffset Modified = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    /// <summary>More than what the system holds for a client.</summary>
    public static readonly byte[] ArchiveBytes = Bytes(3_000_000);

    private readonly ScratchFolder _folder = new();

    private OriginSite()
    {
    }

    public InMemoryBucket Inner { get; } = new();

    public FaultyBucket Bucket { get; private set; } = null!;

    public OriginStub Origin => Origins[0];

    public List<OriginStub> Origins { get; } = [];

    public RunningServer Server { get; private set; } = null!;

    public AlertRecorder Alerts { get; } = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<OriginSite> StartAsync(
        int origins = 1, bool hasCache = false, TimeProvider? clock = null, bool isBucketDown = true, bool loadSite = true, Action<OriginOptions>? configure = null, int publicPort = 0)
    {
        var site = new OriginSite();
        site.Inner.Put("nodejs/release/v2.0.0/node.tar.gz", ArchiveBytes, Modified);
        site.Inner.Put("nodejs/release/index.json", "[\"of the bucket\"]", Modified);
        site.Bucket = new FaultyBucket(site.Inner);
        for (var i = 0; i < origins; i++)
        {
            site.Origins.Add((await OriginStub.StartAsync())
                .Put(Archive, ArchiveBytes, "application/gzip", Tag, Modified)
                .Put(Index, "[\"of the origin\"]"u8.ToArray(), "application/json", "\"origin-2\"", Modified)
                .Put(Listing, "<html>Index of /dist/v2.0.0/</html>"u8.ToArray(), "text/html", tag: null));
        }

        site.Server = await RunningServer.StartAsync(
            site.Bucket,
            Cancellation,
            configure: settings =>
            {
                (settings.Cache.Enabled, settings.Cache.Path) = (hasCache, site._folder.In("cache"));
                settings.Admin.Token = Token;
                settings.Server.Urls = [$"http://127.0.0.1:{publicPort}"];
                settings.Origin.Urls = [.. site.Origins.Select(static origin => origin.Address)];
                settings.Origin.HealthPath = OriginStub.HealthPath;
                settings.Origin.HealthInterval = TimeSpan.FromHours(1);
                configure?.Invoke(settings.Origin);
            },
            loadSite: loadSite,
            replace: services =>
            {
                services.AddSingleton(clock ?? TimeProvider.System);
                services.AddSingleton<IAlerts>(site.Alerts);
            });
        if (isBucketDown)
        {
            site.Bucket.GoDown();
        }

        return site;
    }

    public static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    public Task<RawResponse> AskAsync(string method, string target, params string[] fields) => Server.AskAsync(method, target, Cancellation, fields);

    public Task<RawClient> ConnectAsync() => RunningServer.ConnectAsync(Server.PublicPort, Cancellation);

    /// <summary>Asks the admin address.</summary>
    public async Task<RawResponse> AdminAsync(string method, string target, string authorization = $"Authorization: Bearer {Token}")
    {
        await using var client = await RunningServer.ConnectAsync(Server.AdminPort, Cancellation);
        await client.SendAsync($"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{authorization}\r\nContent-Length: 0\r\n\r\n");
        return await client.ReadResponseAsync(method);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        foreach (var origin in Origins)
        {
            await origin.DisposeAsync();
        }

        _folder.Dispose();
    }
}
