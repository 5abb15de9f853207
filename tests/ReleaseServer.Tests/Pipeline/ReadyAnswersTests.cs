using ReleaseServer.Buckets;
using ReleaseServer.Releases;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Pipeline;

/// <summary>How long an answer stays ready, and what it costs.</summary>
public sealed class ReadyAnswersTests : IAsyncLifetime
{
    private const string File = "/dist/v1.0.0/digits.bin";

    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 8, 5, 14, 3, 0, TimeSpan.Zero));
    private InMemoryBucket? _store;
    private HotChain? _chain;

    private HotChain Chain => _chain!;

    public async ValueTask InitializeAsync()
    {
        _store = await HotChain.NewBucketAsync(_clock);
        _chain = await HotChain.StartAsync(_store, _clock);
    }

    public ValueTask DisposeAsync() => _chain!.DisposeAsync();

    [Theory]
    [InlineData(File)]
    [InlineData("/dist/latest/digits.bin")]
    [InlineData("/dist/v1.0.0/missing")]
    [InlineData("/dist/v1.0.0")]
    [InlineData("/dist/v1.0.0/")]
    [InlineData("/api/")]
    public async Task Answer_AskedAgain_WithoutTheBucket(string target) => Assert.True(await IsReadyAsync(target));

    [Theory]
    [InlineData("/dist//v1.0.0/digits.bin")]
    [InlineData("/dist/odd/a%20b.txt")]
    [InlineData("/dist?query")]
    public async Task Answer_TargetThatNeedsResolvingOrRedirectWithQuery_ThroughTheChain(string target) => Assert.False(await IsReadyAsync(target));

    [Theory]
    [InlineData(File, 3600)]
    [InlineData("/dist/v1.0.0/missing", 10)]
    [InlineData("/dist/v1.0.0", 10)]
    public async Task Answer_LifetimeOver_ThroughTheChain(string target, int seconds)
    {
        await Chain.GetAsync(target);
        _clock.Advance(TimeSpan.FromSeconds(seconds - 1));
        Assert.True(await IsReadyNowAsync(target));
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.False(await IsReadyNowAsync(target));
    }

    [Theory]
    [InlineData("/dist/v1.0.0/missing", false)]
    [InlineData("/dist/v1.0.0", false)]
    [InlineData("/dist/v1.0.0/", false)]
    [InlineData(File, true)]
    public async Task Purge_Any_EndsWhatRestsOnNoObject(string target, bool isReady)
    {
        await Chain.GetAsync(target);

        Chain.Purge();

        Assert.Equal(isReady, await IsReadyNowAsync(target));
    }

    [Fact]
    public async Task Answer_ObjectPurged_ThroughTheChain()
    {
        await Chain.GetAsync(File);
        Assert.True(AssetKey.TryCreate("nodejs/release/v1.0.0/digits.bin", out var key));

        Chain.Cache.Find(key)!.Freshness.Purge(Chain.Cache.Clock.Now);

        Assert.False(await IsReadyNowAsync(File));
    }

    [Fact]
    public async Task Answer_ObjectGone_DroppedWhenMet()
    {
        await Chain.GetAsync(File);
        var count = Chain.Ready.Count;

        Chain.Cache.Drop("nodejs/release/v1.0.0/digits.bin");
        _store!.Remove("nodejs/release/v1.0.0/digits.bin");

        Assert.Equal(404, (await Chain.GetAsync(File)).Status);
        Assert.Equal(count, Chain.Ready.Count);
    }

    [Fact]
    public async Task Answer_LinksMoved_OfTheNewTarget()
    {
        _store!.Put("nodejs/release/odd/digits.bin", "of another release");
        await Chain.GetAsync("/dist/latest/digits.bin");
        await Chain.GetAsync("/dist/latest/digits.bin");
        await new SitePublisher(_store, _clock).PublishLinksAsync(
            [new Link("nodejs/release/latest", "nodejs/release/odd", IsDirectory: true)], TestContext.Current.CancellationToken);

        await Chain.RefreshSiteAsync();

        Assert.Equal("of another release", (await Chain.GetAsync("/dist/latest/digits.bin")).Text);
        Assert.Equal(1, Chain.Ready.Count);
    }

    [Fact]
    public async Task Add_ScanOfMissingNames_BoundedAndFlushesNoHotAnswer()
    {
        await using var small = await HotChain.StartAsync(_store!, _clock, memoryBytes: 200_000);
        for (var i = 0; i < 3; i++)
        {
            await small.GetAsync(File);
        }

        for (var i = 0; i < 2_000; i++)
        {
            await small.GetAsync($"/dist/v1.0.0/missing-{i}");
        }

        var reads = small.Cache.Reads;
        await small.GetAsync(File);
        Assert.Equal(reads, small.Cache.Reads);
        Assert.InRange(small.Cache.Memory.Used, 1, 20_000);
        Assert.InRange(small.Ready.Count, 2, 10);
    }

    private async Task<bool> IsReadyAsync(string target)
    {
        await Chain.GetAsync(target);
        return await IsReadyNowAsync(target);
    }

    private async Task<bool> IsReadyNowAsync(string target)
    {
        var reads = Chain.Cache.Reads;
        await Chain.GetAsync(target);
        return reads == Chain.Cache.Reads;
    }
}
