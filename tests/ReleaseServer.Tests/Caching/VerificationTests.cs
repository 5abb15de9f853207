using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Caching;

/// <summary>What a bucket gets wrong is never passed off as whole, nor kept.</summary>
public sealed class VerificationTests
{
    private const int LargerThanAnyTier = 3_000_001;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Each lie, each kind of place, with the whole or a part asked for first.</summary>
    public static TheoryData<Lie, int, bool> Lies => [.. new MatrixTheoryData<Lie, int, bool>(
        Enum.GetValues<Lie>(), [1_067, 65_536, 280_859, 524_289, 3_000_000, LargerThanAnyTier], [false, true]).Select(static row => row.Data)];

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task Open_BucketLies_NeverWholeAndWrong(Lie lie, int length, bool isRangeFirst)
    {
        using var cache = new CacheOfTest(options =>
            (options.MemoryBytes, options.DiskBytes) = length == LargerThanAnyTier ? (16 << 20, 8 << 20) : (32 << 20, 512L << 20));
        var content = CacheOfTest.Content(length);
        cache.Put("v1/x", content);
        cache.Probe.Lie = lie;

        if (isRangeFirst)
        {
            await TryReadAsync(cache, new ByteRange(length / 3, length / 2));
        }

        var told = await TryReadAsync(cache, range: null);
        cache.Probe.Lie = Lie.None;
        await cache.SettleAsync(Token);
        cache.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.True(lie == Lie.None ? content.AsSpan().SequenceEqual(told) : told is null);
        Assert.Equal(content, await cache.ReadAsync("v1/x", Token));
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Theory]
    [InlineData(Lie.LongLength)]
    [InlineData(Lie.Cut)]
    [InlineData(Lie.EmptyBody)]
    public async Task Open_LengthShowsTheLie_NeverWhole(Lie lie)
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", CacheOfTest.Content(3_000_000));
        (cache.Probe.HasDigests, cache.Probe.Lie) = (false, lie);

        Assert.Null(await TryReadAsync(cache, range: null));

        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Open_WrongAtTheEnd_NothingOfTheLastBlockIsShown()
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", CacheOfTest.Content(1_000_000));
        cache.Probe.Lie = Lie.FlippedFirst;
        await using var opened = await cache.Cache.Bucket.OpenAsync(CacheOfTest.Key("v1/x"), range: null, expected: null, Token);

        var shown = 0;
        await Assert.ThrowsAsync<BucketUnavailableException>(async () =>
        {
            while (true)
            {
                shown += await opened!.Body.ReadAsync(new byte[10_000], Token);
            }
        });

        Assert.InRange(shown, 0, 1_000_000 - 65_536);
    }

    [Fact]
    public async Task Index_NoJsonAfterAGoodOne_GoodOneIsServedStale()
    {
        using var cache = new CacheOfTest();
        cache.Put("index.json", "[1]"u8.ToArray());
        await cache.ReadAsync("index.json", Token);
        cache.Put("index.json", "<html>"u8.ToArray());
        cache.Clock.Advance(TimeSpan.FromMinutes(1));

        var many = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => cache.ReadAsync("index.json", Token), Token)));

        Assert.All(many, static read => Assert.Equal("[1]"u8.ToArray(), read));
        await cache.SettleAsync(Token);
        Assert.Equal(CacheStatus.Stale, await cache.StatusAsync("index.json", Token));
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Index_WantedWhileOneThatIsNoJsonIsOnItsWay_GoodOne()
    {
        using var cache = new CacheOfTest();
        cache.Put("index.json", "[1]"u8.ToArray());
        await cache.ReadAsync("index.json", Token);
        cache.Put("index.json", "<html>"u8.ToArray());
        cache.Clock.Advance(TimeSpan.FromMinutes(1));
        var held = new BodyScript(3) { Holds = true };
        cache.Bucket.Body = held;
        var first = cache.ReadAsync("index.json", Token);
        await held.Reached;

        var second = cache.ReadAsync("index.json", Token);
        held.Release();

        Assert.Equal("[1]"u8.ToArray(), await second);
        Assert.Equal("[1]"u8.ToArray(), await first);
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Index_NoJsonAfterABadOne_TheNewOne()
    {
        using var cache = new CacheOfTest();
        cache.Put("index.json", "<html>"u8.ToArray());
        Assert.Equal("<html>"u8.ToArray(), await cache.ReadAsync("index.json", Token));
        cache.Put("index.json", "<p>"u8.ToArray());
        cache.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("<p>"u8.ToArray(), await cache.ReadAsync("index.json", Token));
    }

    [Fact]
    public async Task Index_LargeAndNoJson_GoodOneIsServedStale()
    {
        using var cache = new CacheOfTest();
        var good = "\""u8.ToArray().Concat(Enumerable.Repeat((byte)'x', 700_000)).Append((byte)'"').ToArray();
        cache.Put("index.json", good);
        await cache.ReadAsync("index.json", Token);
        cache.Put("index.json", CacheOfTest.Content(700_000));
        cache.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(good, await cache.ReadAsync("index.json", Token));

        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Open_NoPlaceToKeepIt_WhatWasOpenedToLearnThatIsGivenBack()
    {
        using var cache = new CacheOfTest(static options => (options.MemoryBytes, options.DiskBytes) = (16 << 20, 8 << 20));
        cache.Put("v1/x", CacheOfTest.Content(LargerThanAnyTier));
        var body = new BodyScript(0);
        cache.Bucket.Body = body;

        await using var opened = await cache.Cache.Bucket.OpenAsync(CacheOfTest.Key("v1/x"), range: null, expected: null, Token);

        await body.Disposed;
        Assert.Equal(CacheStatus.Bypass, opened!.Metadata.CacheUse!.Value.Status);
        await opened.Body.CopyToAsync(Stream.Null, Token);
        await cache.ReadAsync("v1/x", Token);
        Assert.Equal((3, 0), (cache.Bucket.Opens, cache.Bucket.Heads));
    }

    // Null where the bucket's lie was noticed.
    private static async Task<byte[]?> TryReadAsync(CacheOfTest cache, ByteRange? range)
    {
        try
        {
            return await cache.ReadAsync("v1/x", Token, range);
        }
        catch (Exception exception) when (exception is BucketUnavailableException or RepresentationChangedException)
        {
            return null;
        }
    }
}
