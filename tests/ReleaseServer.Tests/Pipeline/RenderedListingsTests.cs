using System.Net;
using ReleaseServer.Buckets;
using ReleaseServer.Releases;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Pipeline;

/// <summary>Listings are kept: fresh for a minute, stale for half a minute more, and for an hour while the bucket fails (<see cref="FakeRules"/>).</summary>
public sealed class RenderedListingsTests : IAsyncLifetime
{
    private const string Page = "/dist/v1.0.0/";

    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 8, 5, 14, 3, 0, TimeSpan.Zero));
    private InMemoryBucket? _store;
    private FaultyBucket? _bucket;
    private HotChain? _chain;

    private HotChain Chain => _chain!;

    public async ValueTask InitializeAsync()
    {
        _store = await HotChain.NewBucketAsync(_clock);
        _bucket = new FaultyBucket(_store);
        _chain = await HotChain.StartAsync(_bucket, _clock);
    }

    public ValueTask DisposeAsync() => _chain!.DisposeAsync();

    [Fact]
    public async Task Get_ManyAtOnce_RenderedOnce()
    {
        var lists = _bucket!.Lists;

        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Chain.GetAsync(Page)));

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Single(answers.Select(static answer => answer.Text).Distinct());
        Assert.Equal(1, _bucket.Lists - lists);
    }

    [Fact]
    public async Task Get_Fresh_FromMemoryWithItsAge()
    {
        var first = await Chain.GetAsync(Page);
        _store!.Put("nodejs/release/v1.0.0/new.txt", "x");
        _clock.Advance(TimeSpan.FromSeconds(59));

        var second = await Chain.GetAsync(Page);

        Assert.Equal((first.Text, "59", "ReleaseServer; hit"), (second.Text, second["Age"], second["Cache-Status"]));
        Assert.Equal(("0", "ReleaseServer; fwd=uri-miss"), (first["Age"], first["Cache-Status"]));
    }

    [Fact]
    public async Task Get_Stale_AtOnceAndRenderedAnewMeanwhile()
    {
        var first = await Chain.GetAsync(Page);
        _store!.Put("nodejs/release/v1.0.0/new.txt", "x");
        _clock.Advance(TimeSpan.FromSeconds(61));

        var stale = await Chain.GetAsync(Page);
        var renewed = await UntilAsync(static answer => answer.Text.Contains("new.txt", StringComparison.Ordinal));

        Assert.Equal((first.Text, "ReleaseServer; hit; detail=stale"), (stale.Text, stale["Cache-Status"]));
        Assert.Equal("0", renewed["Age"]);
    }

    [Fact]
    public async Task Get_Expired_RenderedBeforeTheAnswer()
    {
        await Chain.GetAsync(Page);
        _store!.Put("nodejs/release/v1.0.0/new.txt", "x");
        _clock.Advance(TimeSpan.FromSeconds(91));

        Assert.Contains("new.txt", (await Chain.GetAsync(Page)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_ExpiredAndBucketFails_StaleThenAtRest()
    {
        var first = await Chain.GetAsync(Page);
        _clock.Advance(TimeSpan.FromSeconds(91));
        _bucket!.FailAll(static () => new BucketUnavailableException("down"));

        var failed = await Chain.GetAsync(Page);
        var lists = _bucket.Lists;
        var resting = await Chain.GetAsync(Page);

        Assert.Equal((200, first.Text, "ReleaseServer; hit; detail=stale"), (failed.Status, failed.Text, failed["Cache-Status"]));
        Assert.Equal((200, first.Text), (resting.Status, resting.Text));
        Assert.Equal(lists, _bucket.Lists);
    }

    [Fact]
    public async Task Get_DeadAndBucketFails_503()
    {
        await Chain.GetAsync(Page);
        _clock.Advance(TimeSpan.FromHours(2));
        _bucket!.FailAll(static () => new BucketUnavailableException("down"));

        Assert.Equal((int)HttpStatusCode.ServiceUnavailable, (await Chain.GetAsync(Page)).Status);
    }

    [Fact]
    public async Task Get_ExpiredAndSame_PageIsKeptAndFreshAgain()
    {
        var first = await Chain.GetAsync(Page);
        _clock.Advance(TimeSpan.FromSeconds(91));
        await Chain.GetAsync(Page);
        _clock.Advance(TimeSpan.FromSeconds(5));

        var again = await Chain.GetAsync(Page);

        Assert.Equal((first["ETag"], "5", "ReleaseServer; hit"), (again["ETag"], again["Age"], again["Cache-Status"]));
    }

    [Fact]
    public async Task Purge_Soft_OldPageAtOnceThenTheNewOne()
    {
        var first = await Chain.GetAsync(Page);
        _store!.Put("nodejs/release/v1.0.0/new.txt", "x");

        Chain.Purge();
        var stale = await Chain.GetAsync(Page);
        await UntilAsync(static answer => answer.Text.Contains("new.txt", StringComparison.Ordinal));

        Assert.Equal((first.Text, "ReleaseServer; hit; detail=stale"), (stale.Text, stale["Cache-Status"]));
    }

    [Fact]
    public async Task Purge_Hard_OldPageNeverAgain()
    {
        await Chain.GetAsync(Page);
        var used = Chain.Cache.Memory.Used;
        _store!.Put("nodejs/release/v1.0.0/new.txt", "x");

        Chain.Purge(isHard: true);

        Assert.True(Chain.Cache.Memory.Used < used);
        Assert.Contains("new.txt", (await Chain.GetAsync(Page)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_AfterLinksMoved_RenderedForTheNewSite()
    {
        await Chain.GetAsync("/dist/latest/");
        await new SitePublisher(_store!, _clock).PublishLinksAsync(
            [new Link("nodejs/release/latest", "nodejs/release/odd", IsDirectory: true)], TestContext.Current.CancellationToken);

        await Chain.RefreshSiteAsync();

        Assert.Contains("a b.txt", (await Chain.GetAsync("/dist/latest/")).Text, StringComparison.Ordinal);
    }

    // What happens meanwhile has no signal of its own; each try is a whole request.
    private async Task<HotAnswer> UntilAsync(Func<HotAnswer, bool> isReached)
    {
        while (true)
        {
            var answer = await Chain.GetAsync(Page);
            if (isReached(answer))
            {
                return answer;
            }

            await Task.Yield();
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
    }
}
