using ReleaseServer.Caching;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Caching;

/// <summary>A disk that fails while the server runs costs nothing but room.</summary>
public sealed class DiskFailureTests
{
    private const int Large = 3_000_000;

    private static readonly byte[] Content = CacheOfTest.Content(Large);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void FillBody_DiskFailsMidway_AllBytesAreReadAndTheRoomIsGivenBack()
    {
        var memory = new EvictionQueue(10_000_000);
        var told = 0;
        var body = new FillBody(new FailingBody(Large, 1_000_000), memory, _ => told++);
        for (var position = 0; position < Large; position += 100_000)
        {
            body.Write(position, Content.AsSpan(position, 100_000));
        }

        var read = new byte[Large];
        for (var position = 0; position < Large;)
        {
            position += body.Read(position, read.AsSpan(position, Math.Min(77_777, Large - position)));
        }

        Assert.Equal(Content, read);
        Assert.Equal((false, 1, 2_000_000), (body.IsWhole, told, memory.Reserved));
        body.Release();
        Assert.Equal(0, memory.Reserved);
    }

    [Fact]
    public void FillBody_WrittenAfterItsRelease_NothingSetAsideAndNoFailureOfTheDisk()
    {
        var memory = new EvictionQueue(10_000_000);
        var body = new FillBody(new FailingBody(Large, 0), memory, static _ => Assert.Fail("no failure of the disk"));
        body.Release();

        Assert.Throws<IOException>(() => body.Write(0, Content));

        Assert.Equal(0, memory.Reserved);
    }

    [Fact]
    public void FillBody_NoRoomInMemoryEither_Fails()
    {
        var memory = new EvictionQueue(1_000);
        var body = new FillBody(new FailingBody(Large, 0), memory, static _ => { });

        Assert.Throws<IOException>(() => body.Write(0, Content));

        body.Release();
        Assert.Equal(0, memory.Reserved);
    }

    [Fact]
    public async Task Open_DirectoryVanishesDuringAFill_AllBytesAndNothingKept()
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", Content);
        var held = new BodyScript(0) { Holds = true };
        cache.Bucket.Body = held;
        var reading = cache.ReadAsync("v1/x", Token);
        await held.Reached;
        Directory.Delete(cache.DiskPath, recursive: true);

        held.Release();

        Assert.Equal(Content, await reading);
        await cache.SettleAsync(Token);
        Assert.Equal(0, cache.Cache.Objects.Memory.Reserved);
    }

    [Fact]
    public async Task Open_FileVanished_FromTheBucketAgain()
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", Content);
        await cache.ReadAsync("v1/x", Token);
        cache.Restart();
        foreach (var file in cache.FilesOfObjects())
        {
            File.Delete(file);
        }

        Assert.Equal(Content, await cache.ReadAsync("v1/x", Token));

        Assert.Equal(2, cache.Bucket.Opens);
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Open_DirectoryCannotBeWritten_ToldOnceAndTriedAgainAfterAMinute()
    {
        using var cache = new CacheOfTest();
        var objects = Path.Join(cache.DiskPath, "objects");
        Directory.Delete(objects, recursive: true);
        await File.WriteAllTextAsync(objects, "in the way", Token);
        for (var i = 0; i < 4; i++)
        {
            cache.Put($"v1/{i}", CacheOfTest.Content(Large, seed: i));
            Assert.Equal(CacheOfTest.Content(Large, seed: i), await cache.ReadAsync($"v1/{i}", Token));
        }

        Assert.Single(cache.Log.Lines, static line => line.Contains("going on without it", StringComparison.Ordinal));
        File.Delete(objects);
        cache.Put("v1/x", Content);
        await cache.ReadAsync("v1/x", Token);
        Assert.False(Directory.Exists(objects));
        cache.Clock.Advance(TimeSpan.FromMinutes(1));
        cache.Put("v1/y", Content);
        await cache.ReadAsync("v1/y", Token);

        Assert.Single(cache.FilesOfObjects());
        Assert.Single(cache.Log.Lines, static line => line.Contains("can be used again", StringComparison.Ordinal));
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Index_CannotBeWritten_ReadersGetAllAndProgressIsNotClaimed()
    {
        using var cache = new CacheOfTest();
        cache.Cache.Purger.AppliedPurge = 5;
        cache.Put("v1/x", Content);
        await cache.ReadAsync("v1/x", Token);
        cache.Cache.Dispose();

        cache.Purge("key:v1/x", isHard: true);
        cache.Cache.Purger.AppliedPurge = 6;
        cache.Restart();

        Assert.Equal(5, cache.Cache.Purger.AppliedPurge);
        Assert.Equal(Content, await cache.ReadAsync("v1/x", Token));
    }

    [Fact]
    public async Task Read_EvictedAfterItWasOpened_AllBytes()
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", Content);
        await cache.ReadAsync("v1/x", Token);
        var opened = (await cache.Cache.Bucket.OpenAsync(CacheOfTest.Key("v1/x"), range: null, expected: null, Token))!;

        cache.Purge("key:v1/x", isHard: true);

        Assert.Empty(cache.FilesOfObjects());
        using var read = new MemoryStream();
        await opened.Body.CopyToAsync(read, Token);
        Assert.Equal(Content, read.ToArray());
        await opened.DisposeAsync();
        await opened.DisposeAsync();
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Read_FileLostItsEndMeanwhile_FailureAndThenFromTheBucket()
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", Content);
        await cache.ReadAsync("v1/x", Token);
        using (var file = new FileStream(Assert.Single(cache.FilesOfObjects()), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(Large / 2);
        }

        await Assert.ThrowsAsync<ReleaseServer.Buckets.BucketUnavailableException>(() => cache.ReadAsync("v1/x", Token));

        Assert.Equal(Content, await cache.ReadAsync("v1/x", Token));
        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Open_MoreThanTheDiskHolds_WithinItsBytes()
    {
        using var cache = new CacheOfTest(static options => options.DiskBytes = 8 << 20);
        for (var i = 0; i < 30; i++)
        {
            cache.Put($"v1/{i}", CacheOfTest.Content(700_000, seed: i));
            Assert.Equal(CacheOfTest.Content(700_000, seed: i), await cache.ReadAsync($"v1/{i}", Token));
            await cache.SettleAsync(Token);
            Assert.InRange(cache.Cache.Objects.Disk!.Used, 0, 8 << 20);
            Assert.InRange(cache.FilesOfObjects().Sum(static file => new FileInfo(file).Length), 0, 8 << 20);
        }

        await cache.AssertNothingLeaksAsync(Token);
    }

    [Fact]
    public async Task Read_TokenOfTheReaderIsCancelled_OnlyThatReaderEnds()
    {
        using var cache = new CacheOfTest();
        cache.Put("v1/x", Content);
        var held = new BodyScript(1_000_000) { Holds = true };
        cache.Bucket.Body = held;
        await using var one = await cache.Cache.Bucket.OpenAsync(CacheOfTest.Key("v1/x"), range: null, expected: null, Token);
        var other = cache.ReadAsync("v1/x", Token);
        await one!.Body.ReadExactlyAsync(new byte[1_000_000], Token);
        using var leaving = new CancellationTokenSource();
        var reading = one.Body.ReadAsync(new byte[1], leaving.Token).AsTask();
        Assert.False(reading.IsCompleted);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        held.Release();
        Assert.Equal(Content, await other);
    }

    private sealed class FailingBody(long length, long failsFrom) : CachedBody(length)
    {
        private readonly byte[] _bytes = new byte[length];

        public override int Read(long position, Span<byte> buffer)
        {
            _bytes.AsSpan((int)position, buffer.Length).CopyTo(buffer);
            return buffer.Length;
        }

        public override void Write(long position, ReadOnlySpan<byte> bytes)
        {
            if (position >= failsFrom)
            {
                throw new IOException("no space left");
            }

            bytes.CopyTo(_bytes.AsSpan((int)position));
        }
    }
}
