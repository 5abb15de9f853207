using ReleaseServer.Buckets;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Caching;

/// <summary>What a purge ends, at once and while something is under way.</summary>
public sealed class PurgeTests
{
    private const int Large = 3_000_000;

    private static readonly byte[] Old = CacheOfTest.Content(1000);
    private static readonly byte[] New = CacheOfTest.Content(1000, seed: 2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("key:v1/a/x", "v1/a/x")]
    [InlineData("dir:v1/", "v1/a/x v1/b/x")]
    [InlineData("dir:", "v1/a/x v1/b/x v2/a/x x/a")]
    [InlineData("release:v2", "v2/a/x")]
    [InlineData("class:release", "v1/a/x v1/b/x v2/a/x")]
    [InlineData("class:rest", "x/a")]
    [InlineData("link:v1", "")]
    public async Task Purge_Tag_ThoseEntriesAndNoOthers(string tag, string named)
    {
        using var cache = new CacheOfTest();
        string[] keys = ["v1/a/x", "v1/b/x", "v2/a/x", "x/a"];
        foreach (var key in keys)
        {
            cache.Put(key, Old);
            await cache.ReadAsync(key, Token);
        }

        var would = cache.Purge(tag, isHard: true, dryRun: true);
        Assert.All(keys, key => Assert.NotNull(cache.Cache.Objects.Find(CacheOfTest.Key(key))));
        var did = cache.Purge(tag, isHard: true);

        Assert.Equal(named, string.Join(' ', did.Keys));
        Assert.Equal(did.Keys, would.Keys);
        Assert.Equal(did.Keys.Count, did.Count);
        foreach (var key in keys)
        {
            Assert.Equal(Old, await cache.ReadAsync(key, Token));
        }

        Assert.Equal(keys.Length + did.Count, cache.Bucket.Opens);
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task PurgeSoft_InUse_RevalidatedAtOnceWithoutARequest()
    {
        using var cache = await KeptAsync("x", Old);
        await cache.ReadAsync("x", Token);
        cache.Put("x", New);

        cache.Purge("key:x");
        await cache.SettleAsync(Token);

        Assert.Equal(2, cache.Bucket.Opens);
        Assert.Equal(New, await cache.ReadAsync("x", Token));
        Assert.Equal(2, cache.Bucket.Opens);
    }

    [Fact]
    public async Task PurgeSoft_NotInUse_OldForASecondAndThenOnlyAfterTheBucketIsAsked()
    {
        using var cache = await KeptAsync("x", Old);
        cache.Put("x", New);
        cache.Purge("key:x");
        Assert.Equal(1, cache.Bucket.Opens);
        cache.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(New, await cache.ReadAsync("x", Token));
    }

    [Fact]
    public async Task PurgeSoft_BucketFails_OldOne()
    {
        using var cache = await KeptAsync("x", Old);
        cache.Bucket.GoDown();
        cache.Purge("key:x");
        cache.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(Old, await cache.ReadAsync("x", Token));
    }

    [Fact]
    public async Task PurgeSoft_DuringARevalidation_AskedAgainAtOnce()
    {
        using var cache = await KeptAsync("x", Old);
        await cache.ReadAsync("x", Token);
        cache.Clock.Advance(TimeSpan.FromSeconds(61));
        var held = new BodyScript(0) { Holds = true };
        cache.Probe.After = held;
        await cache.ReadAsync("x", Token);
        await held.Reached;
        cache.Put("x", New);

        cache.Purge("key:x");
        held.Release();
        await cache.SettleAsync(Token);

        Assert.Equal(New, await cache.ReadAsync("x", Token));
    }

    [Fact]
    public async Task PurgeSoft_DuringAFailingRevalidation_NoRestFromAsking()
    {
        using var cache = await KeptAsync("x", Old);
        cache.Clock.Advance(TimeSpan.FromSeconds(61));
        var held = new BodyScript(0) { Holds = true, Fault = static () => new BucketUnavailableException("down") };
        cache.Probe.Before = held;
        await cache.ReadAsync("x", Token);
        await held.Reached;
        cache.Put("x", New);
        cache.Purge("key:x");
        cache.Probe.Before = null;
        held.Release();
        await cache.SettleAsync(Token);
        cache.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(New, await cache.ReadAsync("x", Token));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Purge_WhileAnAbsentNameIsAskedFor_WhoComesThenGetsTheNewOne(bool isHard)
    {
        using var cache = new CacheOfTest();
        var held = new BodyScript(0) { Holds = true };
        cache.Probe.After = held;
        var before = cache.ReadAsync("x", Token);
        await held.Reached;
        cache.Put("x", New);

        cache.Purge("key:x", isHard);
        var after = cache.ReadAsync("x", Token);
        held.Release();

        Assert.Equal(New, await after);
        Assert.Equal(New, await before);
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task PurgeHard_DuringARevalidation_NothingOld()
    {
        using var cache = await KeptAsync("x", Old);
        cache.Clock.Advance(TimeSpan.FromMinutes(5));
        var held = new BodyScript(0) { Holds = true };
        cache.Probe.After = held;
        var before = cache.ReadAsync("x", Token);
        await held.Reached;
        cache.Put("x", New);

        cache.Purge("key:x", isHard: true);
        var after = cache.ReadAsync("x", Token);
        held.Release();

        Assert.Equal(New, await after);
        Assert.Equal(New, await before);
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task PurgeHard_WhileAReaderWaitsAndTheBucketFails_FailureAndNotTheOldOne()
    {
        using var cache = await KeptAsync("x", Old);
        cache.Clock.Advance(TimeSpan.FromMinutes(5));
        var held = new BodyScript(0) { Holds = true, Fault = static () => new BucketUnavailableException("down") };
        cache.Probe.Before = held;
        var reading = cache.ReadAsync("x", Token);
        await held.Reached;

        cache.Purge("key:x", isHard: true);
        held.Release();

        await Assert.ThrowsAsync<BucketUnavailableException>(() => reading);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Purge_DuringAHead_MetadataOfTheNewOne(bool isHard)
    {
        using var cache = new CacheOfTest();
        cache.Put("x", Old);
        var held = new BodyScript(0) { Holds = true };
        cache.Probe.After = held;
        var before = cache.Cache.Bucket.HeadAsync(CacheOfTest.Key("x"), Token).AsTask();
        await held.Reached;
        cache.Put("x", CacheOfTest.Content(7));

        cache.Purge("key:x", isHard);
        held.Release();

        Assert.Equal(7, (await before)!.Length);
        Assert.Equal(7, (await cache.Cache.Bucket.HeadAsync(CacheOfTest.Key("x"), Token))!.Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Purge_DuringAFill_NextGetsTheNewOneAndTheReaderItsOwn(bool isHard)
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", CacheOfTest.Content(Large));
        var held = new BodyScript(1_000_000) { Holds = true };
        cache.Bucket.Body = held;
        var before = cache.ReadAsync("v1/x", Token);
        await held.Reached;
        cache.Bucket.Body = null;
        cache.Put("v1/x", CacheOfTest.Content(Large, seed: 2));

        cache.Purge("key:v1/x", isHard);
        var after = await cache.ReadAsync("v1/x", Token);
        held.Release();

        Assert.Equal(CacheOfTest.Content(Large, seed: 2), after);
        Assert.Equal(CacheOfTest.Content(Large), await before);
        await cache.SettleAsync(Token);
        Assert.Equal(CacheOfTest.Content(Large, seed: 2), await cache.ReadAsync("v1/x", Token));
        Assert.Equal(2, cache.Bucket.Opens);
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task PurgeSoft_DuringAFillOfWhatHasGone_AbsentAndNotKept()
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", CacheOfTest.Content(Large));
        var held = new BodyScript(1_000_000) { Holds = true };
        cache.Bucket.Body = held;
        var before = cache.ReadAsync("v1/x", Token);
        await held.Reached;
        cache.Inner.Remove("v1/x");
        cache.Purge("key:v1/x");

        Assert.Null(await cache.ReadAsync("v1/x", Token));
        held.Release();
        await before;

        Assert.Null(await cache.ReadAsync("v1/x", Token));
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Purge_DuringAFillAndRestart_BucketIsAsked(bool isHard)
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", CacheOfTest.Content(Large));
        var held = new BodyScript(1_000_000) { Holds = true };
        cache.Bucket.Body = held;
        var before = cache.ReadAsync("v1/x", Token);
        await held.Reached;
        cache.Purge("key:v1/x", isHard);
        cache.Put("v1/x", CacheOfTest.Content(Large, seed: 2));
        held.Release();
        await before;
        await cache.SettleAsync(Token);

        cache.Restart();

        Assert.Equal(CacheOfTest.Content(Large, seed: 2), await cache.ReadAsync("v1/x", Token));
    }

    private static async Task<CacheOfTest> KeptAsync(string key, byte[] content)
    {
        var cache = new CacheOfTest();
        cache.Put(key, content);
        Assert.Equal(content, await cache.ReadAsync(key, Token));
        return cache;
    }
}
