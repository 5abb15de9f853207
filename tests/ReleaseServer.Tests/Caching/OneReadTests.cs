using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Caching;

/// <summary>However many want an object, and however the bucket fails: one read of it.</summary>
public sealed class OneReadTests
{
    private const int Large = 3_000_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_BucketFailsAtOnce_ThousandClientsOneReadUntilASecondLater()
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", CacheOfTest.Content(1000));
        cache.Bucket.GoDown();

        await AssertAllFailAsync(cache, 1000);

        Assert.Equal((1, 0), (cache.Bucket.Opens, cache.Bucket.Heads));
        cache.Bucket.Recover();
        cache.Clock.Advance(TimeSpan.FromMilliseconds(999));
        await AssertAllFailAsync(cache, 1);
        cache.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(CacheOfTest.Content(1000), await cache.ReadAsync("v1/x", Token));
        Assert.Equal(2, cache.Bucket.Opens);
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Open_BucketHangsAndThenFails_ThousandClientsOneRead()
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", CacheOfTest.Content(1000));
        var hangs = new BodyScript(0) { Holds = true, Fault = static () => new BucketUnavailableException("gave up") };
        cache.Probe.After = hangs;

        var all = AssertAllFailAsync(cache, 1000);
        await hangs.Reached;
        hangs.Release();
        await all;

        Assert.Equal((1, 0), (cache.Bucket.Opens, cache.Bucket.Heads));
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Open_BodyBreaksMidway_ThousandClientsOneRead()
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", CacheOfTest.Content(Large));
        cache.Bucket.Body = new BodyScript(1_000_000) { Fault = static () => new BucketUnavailableException("broke") };

        await AssertAllFailAsync(cache, 1000);

        Assert.Equal((1, 0), (cache.Bucket.Opens, cache.Bucket.Heads));
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Open_ThousandAtOnceOfAnExpiredOne_OneRevalidation()
    {
        using var cache = new CacheOfTest();
        cache.Put("x", CacheOfTest.Content(1000));
        await cache.ReadAsync("x", Token);
        cache.Clock.Advance(TimeSpan.FromHours(1));

        await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Task.Run(() => cache.ReadAsync("x", Token), Token)));

        Assert.Equal((2, 0), (cache.Bucket.Opens, cache.Bucket.Heads));
    }

    [Fact]
    public async Task Open_AfterAHead_OneReadOfTheBucketWhoeverComes()
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", CacheOfTest.Content(Large));
        await cache.Cache.Bucket.HeadAsync(CacheOfTest.Key("v1/x"), Token);

        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => cache.ReadAsync("v1/x", Token), Token)));

        Assert.Equal((1, 1), (cache.Bucket.Opens, cache.Bucket.Heads));
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Open_AfterAHeadAndNeverRead_BroughtAllTheSame()
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", CacheOfTest.Content(Large));
        await cache.Cache.Bucket.HeadAsync(CacheOfTest.Key("v1/x"), Token);
        await (await cache.Cache.Bucket.OpenAsync(CacheOfTest.Key("v1/x"), range: null, expected: null, Token))!.DisposeAsync();
        await cache.SettleAsync(Token);

        Assert.Equal(CacheStatus.Hit, await cache.StatusAsync("v1/x", Token));
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Open_AfterAHeadOfAnOlderVersion_TheNewOne()
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", CacheOfTest.Content(Large));
        await cache.Cache.Bucket.HeadAsync(CacheOfTest.Key("v1/x"), Token);
        cache.Put("v1/x", CacheOfTest.Content(Large, seed: 2));

        Assert.Equal(CacheOfTest.Content(Large, seed: 2), await cache.ReadAsync("v1/x", Token));
    }

    [Fact]
    public async Task Open_ClientLeavesWhileTheBucketIsAsked_OthersGetIt()
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", CacheOfTest.Content(1000));
        var held = new BodyScript(0) { Holds = true };
        cache.Probe.Before = held;
        using var leaving = new CancellationTokenSource();
        var first = cache.ReadAsync("v1/x", leaving.Token);
        var second = cache.ReadAsync("v1/x", Token);
        await held.Reached;

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        held.Release();
        Assert.Equal(CacheOfTest.Content(1000), await second);
        Assert.Equal(1, cache.Bucket.Opens);
    }

    [Fact]
    public async Task Open_OnlyClientLeavesMidway_FillGoesOn()
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", CacheOfTest.Content(Large));
        var held = new BodyScript(1_000_000) { Holds = true };
        cache.Bucket.Body = held;
        using var leaving = new CancellationTokenSource();
        var reading = cache.ReadAsync("v1/x", leaving.Token);
        await held.Reached;
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);

        held.Release();
        await cache.SettleAsync(Token);

        Assert.Equal(CacheOfTest.Content(Large), await cache.ReadAsync("v1/x", Token));
        Assert.Equal(1, cache.Bucket.Opens);
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Open_LastClientOfALargeOneLeaves_BucketIsReadNoFurther()
    {
        using var cache = new CacheOfTest(static options => options.DiskBytes = 1L << 30);
        cache.Inner.Put("v1/x", new byte[80 << 20]);
        var held = new BodyScript(1_000_000) { Holds = true };
        cache.Bucket.Body = held;
        var opened = (await cache.Cache.Bucket.OpenAsync(CacheOfTest.Key("v1/x"), range: null, expected: null, Token))!;
        await held.Reached;

        await opened.DisposeAsync();
        await opened.DisposeAsync();

        await held.Disposed;
        await cache.AssertNothingLeaksAsync(Token);
        Assert.DoesNotContain(cache.Log.Lines, static line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Open_ManyFarApart_EachByteOfTheBucketAboutOnce()
    {
        const int Length = 16 << 20;
        const int Part = Length / 16;
        using var cache = new CacheOfTest();
        var content = CacheOfTest.Content(Length);
        cache.Put("v1/x", content);

        var parts = await Task.WhenAll(Enumerable.Range(0, 16).Select(part => Task.Run(
            () => cache.ReadAsync("v1/x", Token, new ByteRange(part * Part, ((part + 1) * Part) - 1)), Token)));

        Assert.Equal(content, parts.SelectMany(static part => part!));
        await cache.SettleAsync(Token);
        Assert.InRange(cache.Probe.Bytes, Length, Length + (16 * 128 * 1024));
        Assert.Equal(content, await cache.ReadAsync("v1/x", Token));
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Open_PurgedWithAGapNearTheEnd_ReaderOfTheWholeGetsItAll()
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", CacheOfTest.Content(Large));
        var held = new BodyScript(1_000_000) { Holds = true };
        cache.Bucket.Body = held;
        var whole = cache.ReadAsync("v1/x", Token);
        await held.Reached;
        cache.Bucket.Body = null;
        await using var part = await cache.Cache.Bucket.OpenAsync(CacheOfTest.Key("v1/x"), new ByteRange(Large - 60_000, Large - 50_000), expected: null, Token);
        cache.Purge("key:v1/x", isHard: true);
        await part!.Body.ReadExactlyAsync(new byte[10_001], Token);

        held.Release();

        Assert.Equal(CacheOfTest.Content(Large), await whole);
        await cache.AssertNothingLeaksAsync(Token);
    }

    private static async Task AssertAllFailAsync(CacheOfTest cache, int count) => await Task.WhenAll(Enumerable.Range(0, count).Select(_ =>
        Task.Run(() => Assert.ThrowsAsync<BucketUnavailableException>(() => cache.ReadAsync("v1/x", Token)), Token)));
}
