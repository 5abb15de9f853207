using ReleaseServer.Buckets;

namespace ReleaseServer.Tests.Buckets;

public sealed partial class FolderBucketTests
{
    [Fact]
    public async Task Write_SameLengthAtTheSameTime_AnotherTag()
    {
        using var bucket = new FolderBucket(_root.Path, new StoppedClock());

        var first = await WriteAsync("x", "version 1", bucket);
        var second = await WriteAsync("x", "version 2", bucket);

        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task Write_TwoBucketsOfOneFolderIfMatch_ExactlyOneWins()
    {
        using var other = new FolderBucket(_root.Path);
        var tag = await WriteAsync("x", "version 0");

        var tags = await Task.WhenAll(Enumerable.Range(0, 16).Select(i =>
            Task.Run(() => WriteAsync("x", $"writer number {i}", i % 2 == 0 ? _bucket : other, WriteCondition.IfMatch(tag!.Value)), Token)));

        Assert.Single(tags, static written => written is not null);
    }

    [Fact]
    public async Task Write_DoneOrRefused_NoTemporaryFileLeftAndNoneListed()
    {
        await WriteAsync("x");
        await WriteAsync("x", condition: WriteCondition.IfAbsent);
        await Assert.ThrowsAsync<BucketUnavailableException>(() => WriteAsync("x/below/a/file"));
        _root.Write(".release-server/tmp/left-over", "of a writer that was killed");

        Assert.Equal(["left-over", "lock"], Directory.EnumerateFiles(_root.In(".release-server/tmp")).Select(Path.GetFileName).Order());
        Assert.Equal(["x"], await NamesAsync(string.Empty, ListDepth.All));
        Assert.Equal(["x"], await NamesAsync(string.Empty, ListDepth.Children));
        Assert.Empty(await NamesAsync(".release-server/", ListDepth.All));
        Assert.Empty(await NamesAsync(".release-server/tmp/", ListDepth.All));
        Assert.False(await _bucket.AnyAsync(".release-server/", Token));
        Assert.Null(await _bucket.HeadAsync(AssetKey.Own("tmp/left-over"), Token));
    }

    [Fact]
    public async Task Delete_LastFileOfItsDirectories_TheyGoTooButNotTheRoot()
    {
        _root.Write("a/b/c/x", "content");
        _root.Write("a/y", "content");

        await _bucket.DeleteAsync(Key("a/b/c/x"), Token);
        Assert.False(Directory.Exists(_root.In("a/b")));
        await _bucket.DeleteAsync(Key("a/y"), Token);

        Assert.False(Directory.Exists(_root.In("a")));
        Assert.True(Directory.Exists(_root.Path));
    }

    [Fact]
    public async Task Delete_Directory_LeftAlone()
    {
        _root.Write("a/x", "content");

        await _bucket.DeleteAsync(Key("a"), Token);

        Assert.True(File.Exists(_root.In("a/x")));
    }
}
