using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Caching;

/// <summary>When the bucket is asked, who waits for it, and what is answered when it fails.</summary>
public sealed class FreshnessOfCacheTests
{
    private static readonly byte[] Old = CacheOfTest.Content(1000);
    private static readonly byte[] New = CacheOfTest.Content(1000, seed: 2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_Stale_OldAtOnceAndOneRevalidation()
    {
        using var cache = await KeptForAsync(TimeSpan.FromSeconds(61));
        cache.Put("x", New);
        var held = new BodyScript(0) { Holds = true };
        cache.Probe.Before = held;

        Assert.Equal(Old, await cache.ReadAsync("x", Token));
        Assert.Equal(Old, await cache.ReadAsync("x", Token));

        held.Release();
        await cache.SettleAsync(Token);
        Assert.Equal(2, cache.Bucket.Opens);
        Assert.Equal(New, await cache.ReadAsync("x", Token));
        Assert.Equal((2, 0), (cache.Bucket.Opens, cache.Bucket.Heads));
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Open_ExpiredAndChanged_TheNewOne()
    {
        using var cache = await KeptForAsync(TimeSpan.FromMinutes(5));
        cache.Put("x", New);

        Assert.Equal(New, await cache.ReadAsync("x", Token));
    }

    [Fact]
    public async Task Open_ExpiredAndUnchanged_RevalidatedByOneRequestAndFreshAgain()
    {
        using var cache = await KeptForAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(CacheStatus.Revalidated, await cache.StatusAsync("x", Token));

        Assert.Equal(CacheStatus.Hit, await cache.StatusAsync("x", Token));
        Assert.Equal((2, 0), (cache.Bucket.Opens, cache.Bucket.Heads));
    }

    [Fact]
    public async Task Open_ExpiredAndBucketHangs_OldAfterHalfASecond()
    {
        using var cache = await KeptForAsync(TimeSpan.FromMinutes(5));
        var held = new BodyScript(0) { Holds = true };
        cache.Probe.Before = held;
        var reading = cache.ReadAsync("x", Token);
        await held.Reached;
        await cache.Clock.WaitForTimerAsync(Token);

        cache.Clock.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(reading.IsCompleted);
        cache.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(Old, await reading);
        held.Release();
        await cache.SettleAsync(Token);
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Open_BucketFails_OldOneWithOneAttemptEachFiveSeconds()
    {
        using var cache = await KeptForAsync(TimeSpan.FromMinutes(5));
        cache.Bucket.GoDown();

        for (var second = 0; second < 60; second++)
        {
            Assert.Equal(Old, await cache.ReadAsync("x", Token));
            await cache.SettleAsync(Token);
            cache.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1 + 12, cache.Bucket.Opens);
        Assert.Equal(0, cache.Bucket.Heads);
    }

    [Fact]
    public async Task Open_BucketFailsForLongerThanStaleMayBe_FailureSharedForASecond()
    {
        using var cache = await KeptForAsync(TimeSpan.FromDays(8));
        cache.Bucket.GoDown();

        for (var i = 0; i < 10; i++)
        {
            await Assert.ThrowsAsync<BucketUnavailableException>(() => cache.ReadAsync("x", Token));
        }

        Assert.Equal(2, cache.Bucket.Opens);
    }

    [Fact]
    public async Task Head_BucketFails_OldMetadataWithOneAttemptEachFiveSeconds()
    {
        using var cache = new CacheOfTest();
        cache.Put("x", Old);
        var key = CacheOfTest.Key("x");
        Assert.NotNull(await cache.Cache.Bucket.HeadAsync(key, Token));
        cache.Clock.Advance(TimeSpan.FromMinutes(5));
        cache.Bucket.GoDown();

        for (var second = 0; second < 10; second++)
        {
            Assert.NotNull(await cache.Cache.Bucket.HeadAsync(key, Token));
            await cache.SettleAsync(Token);
            cache.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((1 + 2, 0), (cache.Bucket.Heads, cache.Bucket.Opens));
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Open_Absent_RememberedForTwoSeconds()
    {
        using var cache = new CacheOfTest();

        Assert.Null(await cache.ReadAsync("x", Token));
        cache.Put("x", New);
        cache.Clock.Advance(TimeSpan.FromMilliseconds(1999));
        Assert.Null(await cache.ReadAsync("x", Token));
        cache.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(New, await cache.ReadAsync("x", Token));
        Assert.Equal(2, cache.Bucket.Opens);
    }

    [Fact]
    public async Task Open_AbsentAWhileAgoAndBucketFails_FailureAndNoAbsence()
    {
        using var cache = new CacheOfTest();
        Assert.Null(await cache.ReadAsync("x", Token));
        cache.Bucket.GoDown();
        cache.Clock.Advance(TimeSpan.FromSeconds(2));

        await Assert.ThrowsAsync<BucketUnavailableException>(() => cache.ReadAsync("x", Token));
        await Assert.ThrowsAsync<BucketUnavailableException>(() => cache.ReadAsync("x", Token));

        await cache.AssertNothingLeaksAsync(Token);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Open_RandomNames_SlotsAreBounded(bool isDown)
    {
        using var cache = new CacheOfTest();
        cache.Put("x", Old);
        await cache.ReadAsync("x", Token);
        if (isDown)
        {
            cache.Bucket.GoDown();
        }

        for (var i = 0; i < 10_000; i++)
        {
            try
            {
                await cache.ReadAsync($"random/{i}", Token);
            }
            catch (BucketUnavailableException)
            {
            }
        }

        await cache.SettleAsync(Token);
        Assert.InRange(cache.Cache.Objects.Count, 1, 1_100);
        Assert.Equal(CacheStatus.Hit, await cache.StatusAsync("x", Token));
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Open_LifetimeOfNothing_AsksEachTimeAndEnds()
    {
        using var cache = new CacheOfTest();
        cache.Rules.Rest = new("rest", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(7));
        cache.Put("x", Old);
        await cache.Cache.Bucket.HeadAsync(CacheOfTest.Key("x"), Token);

        for (var i = 1; i <= 5; i++)
        {
            Assert.Equal(Old, await cache.ReadAsync("x", Token));
            Assert.Equal(i, cache.Bucket.Opens);
        }

        cache.Bucket.GoDown();
        Assert.Equal(Old, await cache.ReadAsync("x", Token));
    }

    [Fact]
    public async Task Open_GoneFromTheBucket_AbsentAfterRevalidation()
    {
        using var cache = await KeptForAsync(TimeSpan.FromMinutes(5));
        cache.Inner.Remove("x");

        Assert.Null(await cache.ReadAsync("x", Token));

        await cache.AssertNothingLeaksAsync(Token);
    }

    private static async Task<CacheOfTest> KeptForAsync(TimeSpan age)
    {
        var cache = new CacheOfTest();
        cache.Put("x", Old);
        Assert.Equal(Old, await cache.ReadAsync("x", Token));
        cache.Clock.Advance(age);
        return cache;
    }
}
