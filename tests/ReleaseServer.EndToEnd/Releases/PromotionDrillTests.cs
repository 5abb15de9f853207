using System.Globalization;
using System.Net;
using ReleaseServer.Buckets;

namespace ReleaseServer.EndToEnd.Releases;

/// <summary>The built program promotes, is killed, goes on, rolls back and withdraws, while clients read from two nodes.</summary>
public abstract class PromotionDrillTests : IAsyncLifetime
{
    private const int FirstMinor = 8;

    private readonly Func<string, ValueTask<BucketOptions>> _make;
    private readonly int _promotions;
    private ReleaseLab? _lab;
    private ReleaseWatch? _watch;

    /// <param name="promotions">How many versions are promoted where the environment does not say, in <c>RELEASESERVER_DRILL_PROMOTIONS</c>.</param>
    private protected PromotionDrillTests(Func<string, ValueTask<BucketOptions>> make, int promotions) => (_make, _promotions) = (make, promotions);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ReleaseLab Lab => _lab!;

    public async ValueTask InitializeAsync()
    {
        _lab = await ReleaseLab.StartAsync(_make, nodeRegion: null, "--Site:PollInterval=200ms");
        _watch = new ReleaseWatch(_lab.Http, [.. _lab.Nodes.Select(static node => node.BaseAddress)]);
    }

    public async ValueTask DisposeAsync()
    {
        await (_watch?.DisposeAsync() ?? default);
        await (_lab?.DisposeAsync() ?? default);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Promote_KilledAgainAndAgainUnderClients_NobodySeesAPartAndItIsThereInTheEnd()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable("RELEASESERVER_DRILL_PROMOTIONS"), CultureInfo.InvariantCulture, out var wanted) ? wanted : _promotions;
        var last = FirstMinor + count - 1;
        for (var minor = FirstMinor; minor <= last; minor++)
        {
            var name = $"v26.{minor}.0";
            await Lab.StageAsync(name);

            // From before its first write until after its last: a run takes about a second.
            for (var patience = 400; patience <= 1600; patience += 300)
            {
                await Lab.KillAsync(TimeSpan.FromMilliseconds(patience + (minor * 17 % 300)), "promote", name);
            }

            (await Lab.RunAsync("promote", name)).Expect(0);

            foreach (var node in Lab.Nodes)
            {
                await Lab.AwaitNewestAsync(node, name);
                await Lab.AwaitListedAsync(node, name);
            }
        }

        (await Lab.RunAsync("rollback", $"v26.{last}.0", "--reason", "drill")).Expect(0);
        await Lab.AwaitNewestAsync(Lab.Nodes[1], $"v26.{last - 1}.0");
        Assert.Empty(await _watch!.StopAsync());
        TestContext.Current.TestOutputHelper?.WriteLine($"{count} promotions, {_watch.Observations} rounds of observations");
        Assert.True(_watch.Observations > 100, $"only {_watch.Observations} observations");

        var audit = (await Lab.RunAsync("audit", "--last", "100")).Expect(0).Output;
        Assert.Contains("promote v26.8.0: generation", audit, StringComparison.Ordinal);
        Assert.Contains($"rollback v26.{last}.0: generation", audit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Withdraw_PublishedVersion_404OnEveryNodeWhenItReturns()
    {
        await Lab.StageAsync("v26.8.0");
        (await Lab.RunAsync("promote", "v26.8.0", "--json")).Expect(0);
        await Lab.AwaitNewestAsync(Lab.Nodes[1], "v26.8.0");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/dist/v26.8.0/SHASUMS256.txt"));

        var refused = await Lab.RunAsync("withdraw", "v26.8.0");
        var done = await Lab.RunAsync("withdraw", "v26.8.0", "--yes");

        refused.Expect(2);
        done.Expect(0);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("/dist/v26.8.0/SHASUMS256.txt"));
        await Lab.AwaitNewestAsync(Lab.Nodes[0], "v26.7.0");
        Assert.False(await Lab.Bucket.AnyAsync("nodejs/release/v26.8.0/", Token));
    }

    private async Task<HttpStatusCode> StatusAsync(string path)
    {
        using var response = await Lab.Http.GetAsync(new Uri(Lab.Nodes[1].BaseAddress, path), Token);
        return response.StatusCode;
    }
}

public sealed class PromotionDrillOnFolder() : PromotionDrillTests(EmptyBucket.InFolderAsync, promotions: 4);

/// <summary>The same on a real S3 service, which the environment names.</summary>
public sealed class PromotionDrillOnStore() : PromotionDrillTests(EmptyBucket.InStoreAsync, promotions: 2);
