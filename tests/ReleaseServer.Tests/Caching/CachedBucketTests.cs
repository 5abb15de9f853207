using ReleaseServer.Http;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Caching;

/// <summary>One read of the bucket for all who want an object.</summary>
public sealed class CachedBucketTests
{
    /// <summary>Of every kind: nothing, less than a block, memory, disk.</summary>
    public static TheoryData<int> Lengths => [0, 1, 1067, 65_536, 65_537, 280_859, 524_288, 524_289, 3_000_001];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task Open_Again_SameBytesWithoutTheBucket(int length)
    {
        using var cache = new CacheOfTest();
        cache.Inner.Put("v1/x", CacheOfTest.Content(length));

        var first = await cache.ReadAsync("v1/x", Token);
        var second = await cache.ReadAsync("v1/x", Token);

        Assert.Equal(CacheOfTest.Content(length), first);
        Assert.Equal(first, second);
        Assert.Equal((1, 0), (cache.Bucket.Opens, cache.Bucket.Heads));
        Assert.Equal(CacheStatus.Hit, await cache.StatusAsync("v1/x", Token));
    }

    [Theory]
    [InlineData(1067)]
    [InlineData(280_859)]
    [InlineData(3_000_001)]
    public async Task Open_ThousandAtOnce_OneReadOfTheBucket(int length)
    {
        using var cache = new CacheOfTest();
        cache.Inner.Put("v1/x", CacheOfTest.Content(length));

        var all = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Task.Run(() => cache.ReadAsync("v1/x", Token), Token)));

        Assert.All(all, read => Assert.Equal(CacheOfTest.Content(length), read));
        Assert.Equal((1, 0), (cache.Bucket.Opens, cache.Bucket.Heads));
    }

    [Fact]
    public async Task Open_RangeOfWhatIsHalfHere_AtOnce()
    {
        using var cache = new CacheOfTest();
        cache.Inner.Put("v1/x", CacheOfTest.Content(8_000_000));
        var held = new BodyScript(200_000) { Holds = true };
        cache.Bucket.Body = held;
        var whole = cache.ReadAsync("v1/x", Token);
        await held.Reached;
        cache.Bucket.Body = null;

        var range = await cache.ReadAsync("v1/x", Token, new ByteRange(7_000_000, 7_999_999));

        Assert.Equal(CacheOfTest.Content(8_000_000)[7_000_000..], range);
        Assert.False(whole.IsCompleted);
        held.Release();
        Assert.Equal(CacheOfTest.Content(8_000_000), await whole);
        Assert.Equal(2, cache.Bucket.Opens);
    }
}
