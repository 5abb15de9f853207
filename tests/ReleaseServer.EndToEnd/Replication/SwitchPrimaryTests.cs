using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ReleaseServer.Buckets;
using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.EndToEnd.Releases;
using ReleaseServer.Sample;

namespace ReleaseServer.EndToEnd.Replication;

/// <summary>The drill of <c>docs/sops/switch-primary.md</c>: the primary is lost, its replica takes its place.</summary>
public abstract class SwitchPrimaryTests : IAsyncLifetime
{
    /// <summary>What is promised.</summary>
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _home = new();
    private readonly HttpClient _http = new();
    private BucketOptions? _primary;
    private BucketOptions? _spare;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected string Home => _home.Path;

    private IReadOnlyList<string> PrimaryAlone => EmptyBucket.SettingsOf(_primary!, "Bucket");

    private IReadOnlyList<string> SpareAlone => EmptyBucket.SettingsOf(_spare!, "Bucket");

    private IReadOnlyList<string> WithReplica => [.. PrimaryAlone, .. EmptyBucket.SettingsOf(_spare!, "Bucket:Replicas:0")];

    public async ValueTask InitializeAsync()
    {
        (_primary, _spare) = (await MakePrimaryAsync(), await MakeSpareAsync());
        var bucket = BucketFactory.CreateForCommand(_primary, TimeProvider.System);
        await SampleTree.WriteAsync(bucket, Token);
        (bucket as IDisposable)?.Dispose();
        await ExpectAsync("links", PrimaryAlone);
        await ExpectAsync("catalog", PrimaryAlone);
        await ExpectAsync("replicate", WithReplica);
    }

    public async ValueTask DisposeAsync()
    {
        await LosePrimaryAsync();
        GC.SuppressFinalize(this);
        _http.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task Switch_PrimaryLost_TheSpareIsPublishedToAndEveryFileVerifies()
    {
        var node = await ServerProcess.StartAsync(_home.Path, ["--Cache:Enabled=false", .. WithReplica]);
        await using (node)
        {
            await LosePrimaryAsync();

            // Nobody notices: the replica answers.
            Assert.NotEmpty(await GetAsync(node, "dist/latest/SHASUMS256.txt"));
        }

        // The commands of the runbook, in its order.
        var watch = Stopwatch.StartNew();
        await ExpectAsync("verify", [.. WithReplica, "--replica", "0", "--quick"]);
        await ExpectAsync("check", [.. SpareAlone, "--offline"]);
        await using var switched = await ServerProcess.StartAsync(_home.Path, SpareAlone);
        Assert.NotEmpty(await GetAsync(switched, "dist/latest/SHASUMS256.txt"));
        await ExpectAsync("verify", [.. SpareAlone, "--quick", "--dry-run", "--only", "checksums"]);
        var links = await ExpectAsync("links", SpareAlone);
        var elapsed = watch.Elapsed;

        Assert.Contains("nothing has changed", links.Output, StringComparison.Ordinal);
        Assert.True(elapsed < Promised, $"the switch took {elapsed}");
        Assert.EndsWith("Everything agrees\n", (await ExpectAsync("verify", SpareAlone)).Output, StringComparison.Ordinal);
        var files = await VerifyAsync(switched);
        Assert.True(files > 100, $"only {files} files were verified");
        TestContext.Current.TestOutputHelper?.WriteLine($"switched in {elapsed.TotalSeconds:0.0} s, {files} files verified");
    }

    [Fact]
    public async Task Switch_OldPrimaryComesBack_NothingOfItIsCopiedOverTheNewOne()
    {
        var spare = BucketFactory.CreateForCommand(_spare!, TimeProvider.System);
        await foreach (var entry in spare.ListAsync("nodejs/rc/", ListDepth.All, Token))
        {
            Assert.True(AssetKey.TryCreate(entry.Name, out var key));
            await spare.DeleteAsync(key, Token);
        }

        await ExpectAsync("catalog", SpareAlone);

        var refused = await ServerProcess.RunAsync("replicate", _home.Path, WithReplica);

        Assert.Contains("has it been made the primary?", refused.Expect(1).Error, StringComparison.Ordinal);
        Assert.False(await spare.AnyAsync("nodejs/rc/", Token));
        (spare as IDisposable)?.Dispose();
    }

    /// <summary>Makes the bucket that will be lost, empty.</summary>
    private protected abstract ValueTask<BucketOptions> MakePrimaryAsync();

    /// <summary>Makes the replica, empty, elsewhere.</summary>
    private protected abstract ValueTask<BucketOptions> MakeSpareAsync();

    /// <summary>From now on it does not answer; also once it was lost.</summary>
    private protected abstract ValueTask LosePrimaryAsync();

    private async Task<CommandRun> ExpectAsync(string verb, IReadOnlyList<string> arguments) =>
        (await ServerProcess.RunAsync(verb, _home.Path, arguments)).Expect(0);

    private async Task<int> VerifyAsync(ServerProcess node)
    {
        var files = 0;
        foreach (var version in JsonDocument.Parse(await GetAsync(node, "dist/index.json")).RootElement.EnumerateArray())
        {
            var directory = $"dist/{version.GetProperty("version").GetString()}/";
            foreach (var line in Encoding.UTF8.GetString(await GetAsync(node, directory + "SHASUMS256.txt")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var (sum, name) = (line[..64], line[66..]);
                Assert.Equal(sum, Convert.ToHexStringLower(SHA256.HashData(await GetAsync(node, directory + name))));
                files++;
            }
        }

        return files;
    }

    private Task<byte[]> GetAsync(ServerProcess node, string path) => _http.GetByteArrayAsync(new Uri(node.BaseAddress, path), Token);
}

public sealed class SwitchPrimaryOnFolders : SwitchPrimaryTests
{
    private string Primary => Path.Combine(Home, "primary");

    private protected override ValueTask<BucketOptions> MakePrimaryAsync() => MakeAsync(Primary);

    private protected override ValueTask<BucketOptions> MakeSpareAsync() => MakeAsync(Path.Combine(Home, "spare"));

    private protected override ValueTask LosePrimaryAsync()
    {
        if (Directory.Exists(Primary))
        {
            Directory.Move(Primary, Primary + ".lost");
        }

        return ValueTask.CompletedTask;
    }

    private static ValueTask<BucketOptions> MakeAsync(string path)
    {
        Directory.CreateDirectory(path);
        return ValueTask.FromResult(new BucketOptions { Path = path });
    }
}

/// <summary>Two real S3 services, of which the one is stopped.</summary>
public sealed class SwitchPrimaryOnStores : SwitchPrimaryTests
{
    private RgwProcess? _gateway;

    private protected override async ValueTask<BucketOptions> MakePrimaryAsync()
    {
        _gateway = await RgwProcess.StartAsync();
        return await _gateway.MakeBucketAsync();
    }

    private protected override ValueTask<BucketOptions> MakeSpareAsync() => EmptyBucket.InStoreAsync(Home);

    private protected override ValueTask LosePrimaryAsync() => _gateway?.DisposeAsync() ?? default;
}
