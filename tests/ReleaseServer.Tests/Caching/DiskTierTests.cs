using ReleaseServer.Caching;
using ReleaseServer.Http;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Caching;

/// <summary>What is left of the disk tier after a restart, whatever has been done to it.</summary>
public sealed class DiskTierTests
{
    private const int Large = 3_000_000;

    private static readonly byte[] Content = CacheOfTest.Content(Large);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Restart_Kept_WithoutTheBucket()
    {
        using var cache = await KeptAsync();

        cache.Restart();

        Assert.Equal(Content, await cache.ReadAsync("v1/x", Token));
        Assert.Equal(CacheStatus.Hit, await cache.StatusAsync("v1/x", Token));
        Assert.Equal(1, cache.Bucket.Opens);
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Restart_LifetimeIsOverByThen_Revalidated()
    {
        using var cache = await KeptAsync("x");
        cache.Clock.Advance(TimeSpan.FromMinutes(5));
        cache.Put("x", CacheOfTest.Content(Large, seed: 2));

        cache.Restart();

        Assert.Equal(CacheOfTest.Content(Large, seed: 2), await cache.ReadAsync("x", Token));
    }

    [Fact]
    public async Task Restart_LongAfter_EntryHasAnEnd()
    {
        using var cache = await KeptAsync("x");
        cache.Clock.Advance(TimeSpan.FromSeconds(30));
        cache.Restart();
        cache.Put("x", CacheOfTest.Content(Large, seed: 2));
        cache.Clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(CacheOfTest.Content(Large, seed: 2), await cache.ReadAsync("x", Token));
    }

    [Theory]
    [InlineData("flipped")]
    [InlineData("short")]
    [InlineData("gone")]
    public async Task Restart_FileIsDamaged_FetchedAgain(string damage)
    {
        using var cache = await KeptAsync();
        var file = Assert.Single(cache.FilesOfObjects());
        switch (damage)
        {
            case "flipped":
                var bytes = await File.ReadAllBytesAsync(file, Token);
                bytes[Large / 2] ^= 1;
                await File.WriteAllBytesAsync(file, bytes, Token);
                break;
            case "short":
                await File.WriteAllBytesAsync(file, Content[..^1], Token);
                break;
            default:
                File.Delete(file);
                break;
        }

        cache.Restart();

        Assert.Equal(Content, await cache.ReadAsync("v1/x", Token));
        Assert.Equal(2, cache.Bucket.Opens);
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Theory]
    [InlineData("torn", 1)]
    [InlineData("garbage", 1)]
    [InlineData("foreign", 1)]
    [InlineData("flipped", 2)]
    [InlineData("gone", 2)]
    public async Task Restart_IndexIsDamaged_WhatCanBeReadIsKept(string damage, int opens)
    {
        using var cache = await KeptAsync();
        var index = Path.Join(cache.DiskPath, "index");
        var bytes = await File.ReadAllBytesAsync(index, Token);
        cache.Cache.Dispose();
        await File.WriteAllBytesAsync(index, damage switch
        {
            "torn" => [.. bytes, .. bytes[..(bytes.Length / 2)]],
            "garbage" => [.. "\n\0\u0001{}\n00000000{}\n"u8, .. bytes, .. "zzzz"u8],
            "foreign" => [.. new DiskRecord("../../../etc/passwd", "v1/x", Sha256: "", Tag: "\"x\"").ToLine(), .. new DiskRecord("x", "v1/y").ToLine(), .. bytes],
            "flipped" => [.. bytes[..20], (byte)(bytes[20] ^ 1), .. bytes[21..]],
            _ => [],
        }, Token);

        cache.Restart();

        Assert.Equal(Content, await cache.ReadAsync("v1/x", Token));
        Assert.Equal(opens, cache.Bucket.Opens);
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Restart_LeftoverFile_Removed()
    {
        using var cache = await KeptAsync();
        var kept = Assert.Single(cache.FilesOfObjects());
        await File.WriteAllTextAsync(kept + "0", "left behind", Token);

        cache.Restart();

        Assert.Equal([kept], cache.FilesOfObjects());
    }

    [Fact]
    public async Task Open_DirectoryIsInUse_GoesOnWithoutDiskAndSaysSo()
    {
        using var cache = await KeptAsync();

        using var second = cache.OpenAt(cache.DiskPath);

        Assert.Null(second.Objects.Disk);
        Assert.Single(cache.Log.Lines, static line => line.Contains("going on without large objects", StringComparison.Ordinal));
        Assert.Equal(Content, await cache.ReadAsync("v1/x", Token));
        Assert.Equal(1, cache.Bucket.Opens);
    }

    [Fact]
    public async Task Restart_PurgedSoft_StillPurged()
    {
        using var cache = await KeptAsync();
        cache.Purge("key:v1/x");
        cache.Restart();
        cache.Put("v1/x", CacheOfTest.Content(Large, seed: 2));

        Assert.Equal(CacheOfTest.Content(Large, seed: 2), await cache.ReadAsync("v1/x", Token));
    }

    [Fact]
    public async Task Restart_PurgedAndRevalidated_FreshAgain()
    {
        using var cache = await KeptAsync();
        cache.Purge("key:v1/x");
        cache.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(CacheStatus.Revalidated, await cache.StatusAsync("v1/x", Token));

        cache.Restart();

        Assert.Equal(Content, await cache.ReadAsync("v1/x", Token));
        Assert.Equal(2, cache.Bucket.Opens);
    }

    [Fact]
    public async Task Restart_PurgedHard_Gone()
    {
        using var cache = await KeptAsync();
        cache.Purge("key:v1/x", isHard: true);
        Assert.Empty(cache.FilesOfObjects());

        cache.Restart();

        Assert.Equal(0, cache.Cache.Objects.Count);
    }

    [Fact]
    public async Task Restart_AppliedPurge_Remembered()
    {
        using var cache = await KeptAsync();
        Assert.Null(cache.Cache.Purger.AppliedPurge);
        cache.Cache.Purger.AppliedPurge = 7;

        cache.Restart();

        Assert.Equal(7, cache.Cache.Purger.AppliedPurge);
    }

    [Fact]
    public async Task Restart_OwnDocument_Kept()
    {
        using var cache = new CacheOfTest();
        var key = ReleaseServer.Buckets.AssetKey.Own("catalog/x.json");
        cache.Put(key.Value, Content);
        await using (var opened = await cache.Cache.Bucket.OpenAsync(key, range: null, expected: null, Token))
        {
            await opened!.Body.CopyToAsync(Stream.Null, Token);
        }

        cache.Restart();

        Assert.NotNull(await cache.Cache.Bucket.HeadAsync(key, Token));
        Assert.Equal((1, 0), (cache.Bucket.Opens, cache.Bucket.Heads));
    }

    [Fact]
    public async Task Killed_AtAnyMoment_NeverWrongBytes()
    {
        using var cache = new CacheOfTest();
        for (var i = 0; i < 6; i++)
        {
            cache.Put($"v1/{i}", CacheOfTest.Content(600_000 + i, seed: i));
        }

        for (var i = 0; i < 6; i++)
        {
            var held = new BodyScript(100_000 * i) { Holds = true };
            cache.Bucket.Body = held;
            var reading = cache.ReadAsync($"v1/{i}", Token);
            await held.Reached;
            var copy = Copied(cache, $"copy{i}");
            cache.Bucket.Body = null;
            using (var other = cache.OpenAt(copy))
            {
                for (var j = 0; j <= i; j++)
                {
                    await using var opened = await other.Bucket.OpenAsync(CacheOfTest.Key($"v1/{j}"), range: null, expected: null, Token);
                    using var read = new MemoryStream();
                    await opened!.Body.CopyToAsync(read, Token);
                    Assert.Equal(CacheOfTest.Content(600_000 + j, seed: j), read.ToArray());
                }
            }

            held.Release();
            await reading;
        }

        // Those that were whole came from the copies, and each copy asked for the one that was not.
        Assert.Equal(6 + 6, cache.Bucket.Opens);
    }

    [Fact]
    public async Task Index_ManyLines_WrittenAnewAndStillWhole()
    {
        using var cache = await KeptAsync();
        for (var i = 0; i < 1500; i++)
        {
            cache.Cache.Purger.AppliedPurge = i;
        }

        cache.Restart();

        Assert.InRange(new FileInfo(Path.Join(cache.DiskPath, "index")).Length, 1, 2_000);
        Assert.Equal(1499, cache.Cache.Purger.AppliedPurge);
        Assert.Equal(Content, await cache.ReadAsync("v1/x", Token));
        Assert.Equal(1, cache.Bucket.Opens);
    }

    private static async Task<CacheOfTest> KeptAsync(string key = "v1/x")
    {
        var cache = new CacheOfTest();
        cache.Put(key, Content);
        Assert.Equal(Content, await cache.ReadAsync(key, Token));
        return cache;
    }

    private static string Copied(CacheOfTest cache, string name)
    {
        var copy = cache.In(name);
        foreach (var file in cache.FilesOfObjects().Append(Path.Join(cache.DiskPath, "index")))
        {
            var target = Path.Join(copy, Path.GetRelativePath(cache.DiskPath, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return copy;
    }
}
