using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Tests.Caching;
using ReleaseServer.Tests.Site;

namespace ReleaseServer.Tests.Alerting;

/// <summary>Who raises what, and that it is resolved.</summary>
public sealed class RaisersTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SiteLoader_BadLinksAndThenGoodOnes_RaisedAndResolved()
    {
        using var site = new LoadedSite();
        await site.PublishAsync(LoadedSite.Latest);
        await site.RefreshAsync();

        site.PutLinks(2, "{");
        await site.RefreshAsync();
        await site.PublishAsync(LoadedSite.Latest with { Target = "r/v3" });
        await site.RefreshAsync();

        var raised = Assert.Single(site.Alerts.Raised);
        Assert.Equal((AlertKind.SiteData, "the published site"), (raised.Kind, raised.Subject));
        Assert.EndsWith("; this node stays with generation 1.", raised.Message, StringComparison.Ordinal);
        Assert.Equal((AlertKind.SiteData, raised.Subject, "It can be loaded again; this node serves generation 3."), Assert.Single(site.Alerts.Resolved));
    }

    [Fact]
    public async Task SiteLoader_BucketAway_RaisedOnlyWhereThereIsNothingToServeBy()
    {
        using var site = new LoadedSite();
        site.Trouble = new BucketUnavailableException("The bucket is away");
        await site.RefreshAsync();
        Assert.Equal("The bucket is away; this node answers 503.", Assert.Single(site.Alerts.Raised).Message);

        site.Trouble = null;
        await site.PublishAsync(LoadedSite.Latest);
        await site.RefreshAsync();
        site.Trouble = new BucketUnavailableException("The bucket is away");
        await site.RefreshAsync();

        Assert.Single(site.Alerts.Raised);
        Assert.Single(site.Alerts.Resolved);
    }

    [Fact]
    public void DiskTier_DirectoryCannotBeUsed_Raised()
    {
        using var cache = new CacheOfTest();
        File.WriteAllText(cache.In("taken"), "a file");

        using var other = cache.OpenAt(cache.In("taken"));

        var raised = Assert.Single(cache.Alerts.Raised);
        Assert.Equal((AlertKind.DiskTierLost, cache.In("taken")), (raised.Kind, raised.Subject));
    }

    [Fact]
    public async Task DiskTier_FailsAndComesBack_RaisedOnceAndResolved()
    {
        using var cache = new CacheOfTest();
        foreach (var key in new[] { "v1/a", "v1/b", "v1/c" })
        {
            cache.Put(key, CacheOfTest.Content(3_000_000));
        }

        var objects = Path.Join(cache.DiskPath, "objects");
        Directory.Delete(objects, recursive: true);
        await File.WriteAllTextAsync(objects, "a file", Cancellation);
        await cache.ReadAsync("v1/a", Cancellation);
        cache.Clock.Advance(TimeSpan.FromMinutes(2));
        await cache.ReadAsync("v1/b", Cancellation);
        File.Delete(objects);
        cache.Clock.Advance(TimeSpan.FromMinutes(2));
        await cache.ReadAsync("v1/c", Cancellation);
        await cache.SettleAsync(Cancellation);

        Assert.Equal((AlertKind.DiskTierLost, cache.DiskPath), Assert.Single(cache.Alerts.Raised.Select(alert => (alert.Kind, alert.Subject))));
        Assert.Equal((AlertKind.DiskTierLost, cache.DiskPath, "The disk takes files again."), Assert.Single(cache.Alerts.Resolved));
    }

    [Theory]
    [InlineData(3_000_000)]
    [InlineData(20_000_000)]
    public async Task Cache_BucketSendsOtherBytes_Raised(int length)
    {
        // The second is larger than any tier, and so is checked on its way.
        using var cache = new CacheOfTest(options => (options.MemoryBytes, options.DiskBytes) = (32 << 20, 64L << 20));
        cache.Put("v1/x", CacheOfTest.Content(length));
        cache.Probe.Lie = Lie.FlippedLast;

        await Assert.ThrowsAnyAsync<BucketUnavailableException>(() => cache.ReadAsync("v1/x", Cancellation));
        await cache.SettleAsync(Cancellation);

        var raised = Assert.Single(cache.Alerts.Raised);
        Assert.Equal((AlertKind.WrongBytes, cache.Probe.Description), (raised.Kind, raised.Subject));
        Assert.Contains("v1/x", raised.Message, StringComparison.Ordinal);
    }
}
