using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ReleaseServer.Buckets;
using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.Sample;

namespace ReleaseServer.EndToEnd.Releases;

/// <summary>The built program promotes, is killed, goes on, rolls back and withdraws, while clients read from two nodes.</summary>
/// <param name="promotions">How many versions are promoted where the environment does not say, in <c>RELEASESERVER_DRILL_PROMOTIONS</c>.</param>
public abstract class PromotionDrillTests(int promotions) : IAsyncLifetime
{
    private const int FirstMinor = 8;
    private const string Interval = "200ms";

    private readonly TemporaryDirectory _home = new();
    private readonly HttpClient _http = new();
    private readonly List<ServerProcess> _nodes = [];
    private IWritableBucket? _bucket;
    private ReleaseWatch? _watch;

    /// <summary>How a server and a command reach the bucket that is served.</summary>
    protected abstract IReadOnlyList<string> BucketSettings { get; }

    protected string Home => _home.Path;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string[] Settings =>
    [
        .. BucketSettings, $"--Staging:Path={Path.Combine(_home.Path, "staging")}", $"--Site:PollInterval={Interval}",
    ];

    public async ValueTask InitializeAsync()
    {
        foreach (var name in new[] { "bucket", "staging", "node-0", "node-1" })
        {
            Directory.CreateDirectory(Path.Combine(_home.Path, name));
        }

        _bucket = await OpenBucketAsync();
        await SampleTree.WriteAsync(_bucket, Token);
        (await RunAsync("links")).Expect(0);
        (await RunAsync("catalog")).Expect(0);
        foreach (var node in new[] { "node-0", "node-1" })
        {
            _nodes.Add(await ServerProcess.StartAsync(Path.Combine(_home.Path, node), Settings));
        }

        _watch = new ReleaseWatch(_http, [.. _nodes.Select(static node => node.BaseAddress)]);
    }

    public async ValueTask DisposeAsync()
    {
        await (_watch?.DisposeAsync() ?? default);
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        (_bucket as IDisposable)?.Dispose();
        GC.SuppressFinalize(this);
        _http.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task Promote_KilledAgainAndAgainUnderClients_NobodySeesAPartAndItIsThereInTheEnd()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable("RELEASESERVER_DRILL_PROMOTIONS"), CultureInfo.InvariantCulture, out var wanted) ? wanted : promotions;
        var last = FirstMinor + count - 1;
        for (var minor = FirstMinor; minor <= last; minor++)
        {
            var name = $"v26.{minor}.0";
            await StageAsync(name);

            // From before its first write until after its last: a run takes about a second.
            for (var patience = 400; patience <= 1600; patience += 300)
            {
                await KillAsync(TimeSpan.FromMilliseconds(patience + (minor * 17 % 300)), "promote", name);
            }

            (await RunAsync("promote", name)).Expect(0);

            foreach (var node in _nodes)
            {
                await AwaitNewestAsync(node, name);
                await AwaitListedAsync(node, name);
            }
        }

        (await RunAsync("rollback", $"v26.{last}.0", "--reason", "drill")).Expect(0);
        await AwaitNewestAsync(_nodes[1], $"v26.{last - 1}.0");
        Assert.Empty(await _watch!.StopAsync());
        TestContext.Current.TestOutputHelper?.WriteLine($"{count} promotions, {_watch.Observations} rounds of observations");
        Assert.True(_watch.Observations > 100, $"only {_watch.Observations} observations");

        var audit = (await RunAsync("audit", "--last", "100")).Expect(0).Output;
        Assert.Contains("promote v26.8.0: generation", audit, StringComparison.Ordinal);
        Assert.Contains($"rollback v26.{last}.0: generation", audit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Withdraw_PublishedVersion_404OnEveryNodeWhenItReturns()
    {
        await StageAsync("v26.8.0");
        (await RunAsync("promote", "v26.8.0", "--json")).Expect(0);
        await AwaitNewestAsync(_nodes[1], "v26.8.0");
        Assert.Equal(System.Net.HttpStatusCode.OK, await StatusAsync("/dist/v26.8.0/SHASUMS256.txt"));

        var refused = await RunAsync("withdraw", "v26.8.0");
        var done = await RunAsync("withdraw", "v26.8.0", "--yes");

        refused.Expect(2);
        done.Expect(0);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, await StatusAsync("/dist/v26.8.0/SHASUMS256.txt"));
        await AwaitNewestAsync(_nodes[0], "v26.7.0");
        Assert.False(await _bucket!.AnyAsync("nodejs/release/v26.8.0/", Token));
    }

    /// <summary>The bucket, empty.</summary>
    private protected abstract ValueTask<IWritableBucket> OpenBucketAsync();

    private async Task StageAsync(string name)
    {
        var (_, _, npm, v8, uv, zlib, openSsl, modules, lts, security, platforms, _) = SampleVersions.All[0];
        var version = new SampleVersion(name, "2026-08-20", npm, v8, uv, zlib, openSsl, modules, lts, security, platforms);
        var assets = SampleAssets.Of(version).ToList();
        using var staging = new FolderBucket(Path.Combine(_home.Path, "staging"));
        foreach (var file in assets.Concat(SampleDocs.Of(version)).Append(SampleAssets.ChecksumsOf(assets)))
        {
            Assert.True(AssetKey.TryCreate($"{version.Directory}/{file.Name}", out var key));
            await staging.WriteAsync(key, file.Content, new ObjectAttributes(Modified: version.Released), WriteCondition.None, Token);
        }
    }

    private Task<CommandRun> RunAsync(params string[] arguments) => CommandRun.StartAsync(
        Requirement.Program("dotnet"), _home.Path, [Repository.ServerAssembly, .. arguments, .. Settings]);

    private async Task KillAsync(TimeSpan after, params string[] arguments)
    {
        using var process = new Process
        {
            StartInfo = CommandRun.Describe(Requirement.Program("dotnet"), _home.Path, [Repository.ServerAssembly, .. arguments, .. Settings], environment: null),
        };
        process.Start();
        await Task.Delay(after, TimeProvider.System, Token);
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(Token);
    }

    // Visible on every node within seconds after the command has returned.
    private async Task AwaitNewestAsync(ServerProcess node, string name)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (await NewestAsync(node) is var newest && newest != name)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(5), $"{node.BaseAddress} still shows {newest}, not {name}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
        }
    }

    // A listing may be a moment behind the index, while its document is read.
    private async Task AwaitListedAsync(ServerProcess node, string name)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!(await _http.GetStringAsync(new Uri(node.BaseAddress, "/dist/"), Token)).Contains($"{name}/", StringComparison.Ordinal))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(5), $"{node.BaseAddress} does not list {name}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
        }
    }

    private async Task<string?> NewestAsync(ServerProcess node)
    {
        using var index = JsonDocument.Parse(await _http.GetStringAsync(new Uri(node.BaseAddress, "/dist/index.json"), Token));
        return index.RootElement[0].GetProperty("version").GetString();
    }

    private async Task<System.Net.HttpStatusCode> StatusAsync(string path)
    {
        using var response = await _http.GetAsync(new Uri(_nodes[1].BaseAddress, path), Token);
        return response.StatusCode;
    }
}

public sealed class PromotionDrillOnFolder() : PromotionDrillTests(promotions: 4)
{
    protected override IReadOnlyList<string> BucketSettings => [$"--Bucket:Path={Folder}"];

    private string Folder => Path.Combine(Home, "bucket");

    private protected override ValueTask<IWritableBucket> OpenBucketAsync() => ValueTask.FromResult<IWritableBucket>(new FolderBucket(Folder));
}

/// <summary>The same on a real S3 service, which the environment names.</summary>
public sealed class PromotionDrillOnStore() : PromotionDrillTests(promotions: 2)
{
    private readonly BucketOptions _options = new() { Kind = BucketKind.S3, Name = $"drill-{Guid.NewGuid():N}" };

    protected override IReadOnlyList<string> BucketSettings =>
    [
        "--Bucket:Kind=s3",
        $"--Bucket:Endpoint={_options.Endpoint}",
        $"--Bucket:Name={_options.Name}",
        $"--Bucket:Region={_options.Region}",
        $"--Bucket:AccessKey={_options.AccessKey}",
        $"--Bucket:SecretKey={_options.SecretKey}",
    ];

    private protected override async ValueTask<IWritableBucket> OpenBucketAsync()
    {
        _options.Endpoint = new Uri(Requirement.Variable("RELEASESERVER_TEST_S3_ENDPOINT"));
        _options.AccessKey = Requirement.Variable("RELEASESERVER_TEST_S3_ACCESS_KEY");
        _options.SecretKey = Requirement.Variable("RELEASESERVER_TEST_S3_SECRET_KEY");
        _options.Region = Environment.GetEnvironmentVariable("RELEASESERVER_TEST_S3_REGION") ?? "us-east-1";
        using var http = S3ClientFactory.CreateHttpClient(_options);
        using var s3 = S3ClientFactory.Create(_options, http);
        await s3.PutBucketAsync(_options.Name, TestContext.Current.CancellationToken);
        return BucketFactory.CreateForCommand(_options, TimeProvider.System);
    }
}
