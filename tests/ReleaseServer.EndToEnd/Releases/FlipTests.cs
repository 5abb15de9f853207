using System.Diagnostics;
using System.Security.Cryptography;
using ReleaseServer.Buckets;

namespace ReleaseServer.EndToEnd.Releases;

/// <summary>What is promised of the moment at which a publication takes the place of another, with nodes that nobody tells: they poll, every 2 s.</summary>
public abstract class FlipTests : IAsyncLifetime
{
    /// <summary>What is promised of a rollback, from the command's start until every node shows it.</summary>
    private static readonly TimeSpan RolledBack = TimeSpan.FromSeconds(10);

    private readonly Func<string, ValueTask<BucketOptions>> _make;
    private ReleaseLab? _lab;

    private protected FlipTests(Func<string, ValueTask<BucketOptions>> make) => _make = make;

    private ReleaseLab Lab => _lab!;

    public async ValueTask InitializeAsync() => _lab = await ReleaseLab.StartAsync(_make, nodeRegion: null);

    public async ValueTask DisposeAsync()
    {
        await (_lab?.DisposeAsync() ?? default);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Promote_ClientHasReadTheChecksumsOfLatestBefore_FindsAndVerifiesItsFilesAfterIt()
    {
        var sums = await Lab.ReadSumsAsync(Lab.Nodes[0], "/dist/latest/SHASUMS256.txt");
        await Lab.StageAsync("v26.8.0");

        (await Lab.RunAsync("promote", "v26.8.0")).Expect(0);

        // Within the 5 s that are promised, of both nodes together.
        await Task.WhenAll(Lab.Nodes.Select(node => Lab.AwaitNewestAsync(node, "v26.8.0")));
        await Task.WhenAll(Lab.Nodes.Select(node => Lab.AwaitListedAsync(node, "v26.8.0")));
        var verified = 0;
        foreach (var node in Lab.Nodes)
        {
            Assert.All(await Lab.ReadSumsAsync(node, "/dist/latest/SHASUMS256.txt"), static line => Assert.DoesNotContain("v26.7.0", line.Name, StringComparison.Ordinal));
            foreach (var (sha256, name) in sums)
            {
                var content = await Lab.ReadAsync(node, $"/dist/latest/{name}");

                // A name without a version is one name for the bytes of both: it is answered from the target in force.
                if (name.Contains("v26.7.0", StringComparison.Ordinal))
                {
                    Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(content)));
                    verified++;
                }
            }
        }

        Assert.True(verified > 20, $"only {verified} files were verified");
    }

    [Fact]
    public async Task Rollback_UnderLoad_WithinTenSecondsAndWithoutAnError()
    {
        await Lab.StageAsync("v26.8.0");
        (await Lab.RunAsync("promote", "v26.8.0")).Expect(0);
        await Task.WhenAll(Lab.Nodes.Select(node => Lab.AwaitNewestAsync(node, "v26.8.0")));
        await using var watch = new ReleaseWatch(Lab.Http, [.. Lab.Nodes.Select(static node => node.BaseAddress)]);
        await using var load = new ReleaseLoad(
            Lab.Http,
            Lab.Nodes,
            [
                "/dist/", "/dist/index.json", "/dist/index.tab", "/dist/latest/SHASUMS256.txt", "/dist/latest-v26.x/SHASUMS256.txt", "/dist/v26.8.0/",
                "/dist/v26.8.0/node-v26.8.0.tar.gz", "/dist/v26.7.0/node-v26.7.0-linux-x64.tar.gz", "/docs/latest/api/fs.html",
            ]);
        await load.UnderWay.WaitAsync(TestContext.Current.CancellationToken);

        var since = Stopwatch.StartNew();
        (await Lab.RunAsync("rollback", "v26.8.0", "--reason", "drill")).Expect(0);
        await Task.WhenAll(Lab.Nodes.Select(node => Lab.AwaitNewestAsync(node, "v26.7.0")));
        var elapsed = since.Elapsed;

        Assert.Empty(await load.StopAsync());
        Assert.Empty(await watch.StopAsync());
        Assert.True(elapsed < RolledBack, $"it took {elapsed}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{elapsed.TotalSeconds:0.0} s, {load.Requests} requests and {watch.Observations} rounds of observations meanwhile");
    }
}

public sealed class FlipOnFolder() : FlipTests(EmptyBucket.InFolderAsync);

/// <summary>The same on a real S3 service, which the environment names.</summary>
public sealed class FlipOnStore() : FlipTests(EmptyBucket.InStoreAsync);
