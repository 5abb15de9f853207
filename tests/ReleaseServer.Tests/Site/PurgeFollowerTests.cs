using Microsoft.Extensions.Logging;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Site;
using ReleaseServer.Testing.Caching;

namespace ReleaseServer.Tests.Site;

/// <summary>How a node follows the purge log: with <see cref="SiteLoader"/>, by the poll that it makes anyway.</summary>
public sealed class PurgeFollowerTests : IDisposable
{
    private readonly LoadedSite _site = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Refresh_Purged_EachAppliedOnceInOrder()
    {
        await StartAsync();
        await PurgeAsync("key:a");
        await PurgeAsync("key:b", "dir:c/");

        await _site.RefreshAsync();
        await _site.RefreshAsync();

        Assert.Equal(["key:a", "key:b dir:c/"], _site.Cache.Texts);
        Assert.Equal(2, _site.Progress.AppliedPurge);
    }

    [Fact]
    public async Task Refresh_PurgedOnly_SnapshotStaysTheVerySame()
    {
        await StartAsync();
        var before = _site.Current.Snapshot;
        await PurgeAsync("key:a");

        await _site.RefreshAsync();

        Assert.Same(before, _site.Current.Snapshot);
    }

    [Fact]
    public async Task Refresh_NothingPurgedSince_OneHeadAndNothingElse()
    {
        await StartAsync();
        await PurgeAsync("key:a");
        await _site.RefreshAsync();
        var (heads, opens, lists) = (_site.Store.Heads, _site.Store.Opens, _site.Store.Lists);

        await _site.RefreshAsync();

        Assert.Equal((heads + 1, opens, lists), (_site.Store.Heads, _site.Store.Opens, _site.Store.Lists));
    }

    [Fact]
    public async Task Refresh_FirstStart_EverythingStaleAndProgressSetWithoutAWord()
    {
        await PurgeAsync("key:a");
        await _site.PublishAsync(LoadedSite.Latest);

        await _site.RefreshAsync();

        Assert.Equal(["all"], _site.Cache.Texts);
        Assert.Equal(1, _site.Progress.AppliedPurge);
        Assert.Empty(_site.Log.Of(LogLevel.Warning));
    }

    [Fact]
    public async Task Refresh_PurgedBeforeAnythingIsPublished_AppliedAndTheWarningStays()
    {
        await _site.RefreshAsync();
        await PurgeAsync("key:a");

        await _site.RefreshAsync();

        Assert.Equal(["all", "key:a"], _site.Cache.Texts);
        Assert.Equal(0, _site.Current.Snapshot!.Generation.Generation);
    }

    [Fact]
    public async Task Refresh_EntryMissing_EverythingStaleWithAReason()
    {
        using var site = new LoadedSite { Cache = new RecordingCache("a") };
        site.Restart();
        await site.PublishAsync(LoadedSite.Latest);
        await site.RefreshAsync();
        for (var i = 1; i <= 3; i++)
        {
            await site.Publisher.PublishPurgeAsync(Note("key:a"), Cancellation);
        }

        site.Store.Remove(PurgeEntry.KeyOf(2).Value);
        await site.RefreshAsync();

        Assert.Equal(["all", "key:a", "all"], site.Cache.Texts);
        Assert.Equal(3, site.Progress.AppliedPurge);
        Assert.Equal(
            ["All 1 entries are marked stale instead of following the purges up to 3: purge 2 is no longer in the bucket"],
            site.Log.Of(LogLevel.Warning).TakeLast(1));
    }

    [Theory]
    [InlineData("{", "purges/0000000001.json: line 1: is not JSON")]
    [InlineData("""{ "format": 2 }""", "purges/0000000001.json: format must be 1, is 2")]
    public async Task Refresh_EntryOfNoUse_EverythingStaleWithItsFault(string text, string expected)
    {
        using var site = new LoadedSite { Cache = new RecordingCache("a") };
        site.Restart();
        await site.PublishAsync(LoadedSite.Latest);
        await site.RefreshAsync();
        await site.Publisher.PublishPurgeAsync(Note("key:a"), Cancellation);
        site.Store.Put(PurgeEntry.KeyOf(1).Value, text);

        await site.RefreshAsync();

        Assert.Equal(["all", "all"], site.Cache.Texts);
        Assert.Equal(1, site.Progress.AppliedPurge);
        Assert.Contains(expected, site.Log.Of(LogLevel.Warning)[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(7L, "this node has applied purge 7, which is not in this log")]
    [InlineData(-1_000L, "this node has applied purge -1000 last, and the log does not reach back so far")]
    public async Task Refresh_ProgressOfAnotherLog_EverythingStaleWithAReason(long applied, string expected)
    {
        using var site = new LoadedSite { Cache = new RecordingCache("a") };
        site.Restart();
        site.Progress.AppliedPurge = applied;
        await site.PublishAsync(LoadedSite.Latest);
        await site.Publisher.PublishPurgeAsync(Note("key:a"), Cancellation);

        await site.RefreshAsync();

        Assert.Equal(["all"], site.Cache.Texts);
        Assert.Equal(1, site.Progress.AppliedPurge);
        Assert.EndsWith(expected, site.Log.Of(LogLevel.Warning)[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refresh_LogOutOfReach_AppliedAtTheNextPollThoughTheGenerationWasSeen()
    {
        await StartAsync();
        await PurgeAsync("key:a");
        var failing = true;
        _site.Bucket.OnOpenKey = key => failing && key == PurgeEntry.KeyOf(1) ? new BucketUnavailableException("The bucket is away") : null;

        var trouble = await _site.RefreshAsync();
        var during = _site.Progress.AppliedPurge;
        failing = false;
        await _site.RefreshAsync();

        Assert.Equal(("The bucket is away", 0L), (trouble, during));
        Assert.Equal(["key:a"], _site.Cache.Texts);
        Assert.Equal(1, _site.Progress.AppliedPurge);
    }

    [Fact]
    public async Task Refresh_ManyPurgesMissed_AllAppliedInOrder()
    {
        await StartAsync();
        var expected = Enumerable.Range(0, 40).Select(i => $"key:{i}").ToList();
        foreach (var tag in expected)
        {
            await PurgeAsync(tag);
        }

        await _site.RefreshAsync();

        Assert.Equal(expected, _site.Cache.Texts);
    }

    [Fact]
    public async Task Refresh_LinkPurged_CacheSeesItsTarget()
    {
        await StartAsync(LoadedSite.Latest, new Link("r/x.tgz", "r/v2/x.tgz", false));
        await PurgeAsync("link:r/latest", "link:r/x.tgz", "link:r/gone", "key:k");

        await _site.RefreshAsync();

        Assert.Equal(["dir:r/v2/ key:r/v2/x.tgz key:k"], _site.Cache.Texts);
    }

    [Fact]
    public async Task Refresh_PurgedWithNewLinks_AppliedByTheNewLinks()
    {
        await StartAsync(LoadedSite.Latest);
        await _site.PublishAsync(LoadedSite.Latest with { Target = "r/v3" });
        await PurgeAsync("link:r/latest");

        await _site.RefreshAsync();

        Assert.Equal(["dir:r/v3/"], _site.Cache.Texts);
    }

    [Fact]
    public async Task Refresh_PurgedBesideBadLinks_AppliedAllTheSame()
    {
        await StartAsync(LoadedSite.Latest);
        await PurgeAsync("key:a");
        _site.Store.Put(AssetKey.Own("links/2-x.json").Value, "{");
        _site.PutGeneration("""{ "format": 1, "generation": 2, "published": "2026-08-05T14:03:00Z", "links": "links/2-x.json", "purges": 1 }""");

        var trouble = await _site.RefreshAsync();

        Assert.StartsWith("links/2-x.json: line 1: is not JSON", trouble, StringComparison.Ordinal);
        Assert.Equal(["key:a"], _site.Cache.Texts);
    }

    [Fact]
    public async Task Refresh_Restarted_FollowsFromWhereItWas()
    {
        await StartAsync();
        await PurgeAsync("key:a");
        await _site.RefreshAsync();
        await PurgeAsync("key:b");

        _site.Restart();
        await _site.RefreshAsync();

        Assert.Equal(["key:a", "key:b"], _site.Cache.Texts);
    }

    [Fact]
    public async Task Refresh_TwoNodesOverOneBucket_BothConverge()
    {
        using var other = new LoadedSite(_site);
        await StartAsync();
        await other.RefreshAsync();
        await PurgeAsync("key:a");

        await other.RefreshAsync();
        await PurgeAsync("key:b");
        await _site.RefreshAsync();
        await other.RefreshAsync();

        Assert.Equal(["key:a", "key:b"], _site.Cache.Texts);
        Assert.Equal(["all", "key:a", "key:b"], other.Cache.Texts);
        Assert.Equal((2L, 2L), (_site.Progress.AppliedPurge, other.Progress.AppliedPurge));
    }

    internal static PurgeNote Note(params string[] tags) => new(Purge(tags));

    internal static CachePurge Purge(params string[] tags) => new([.. tags.Select(Tag)], All: false, IsHard: false);

    private static SurrogateKey Tag(string text)
    {
        Assert.True(SurrogateKey.TryParse(text, out var tag));
        return tag;
    }

    private async Task StartAsync(params Link[] links)
    {
        await _site.PublishAsync(links);
        _site.Progress.AppliedPurge = 0;
        await _site.RefreshAsync();
    }

    private Task<GenerationDocument> PurgeAsync(params string[] tags) => _site.Publisher.PublishPurgeAsync(Note(tags), Cancellation);
}
