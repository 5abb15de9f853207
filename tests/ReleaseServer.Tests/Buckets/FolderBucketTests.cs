using System.Runtime.Versioning;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Tests.Sample;

namespace ReleaseServer.Tests.Buckets;

public sealed partial class FolderBucketTests : IDisposable
{
    private readonly ScratchFolder _outside = new();
    private readonly ScratchFolder _root = new();
    private readonly FolderBucket _bucket;

    public FolderBucketTests() => _bucket = new FolderBucket(_root.Path);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _bucket.Dispose();
        _root.Dispose();
        _outside.Dispose();
    }

    [Fact]
    public async Task Head_File_TagOfDateAndLengthInHexadecimal()
    {
        var path = _root.Write("x", "content");
        File.SetLastWriteTimeUtc(path, new DateTime(638_000_000_000_000_123, DateTimeKind.Utc));

        var metadata = await _bucket.HeadAsync(Key("x"), Token);

        Assert.Equal("\"8daa19ea6b3007b-7\"", metadata!.EntityTag.ToString());
        Assert.Equal(638_000_000_000_000_123, metadata.Modified.UtcTicks);
        Assert.Null(metadata.ContentType);
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("../{root}/v1")]
    [InlineData("{path}/v1")]
    public async Task Head_ThroughALinkThatStaysInside_Found(string target)
    {
        _root.Write("v1/x", "content");
        target = target.Replace("{root}", Path.GetFileName(_root.Path), StringComparison.Ordinal).Replace("{path}", _root.Path, StringComparison.Ordinal);
        Directory.CreateSymbolicLink(_root.In("latest"), target);

        Assert.NotNull(await _bucket.HeadAsync(Key("latest/x"), Token));
        Assert.Equal(["latest/x", "v1/x"], await NamesAsync(string.Empty, ListDepth.All));
        Assert.Equal(["latest/", "v1/"], await NamesAsync(string.Empty, ListDepth.Children));
        Assert.Equal(["latest/x"], await NamesAsync("latest/", ListDepth.Children));
    }

    [Fact]
    public async Task AnyCall_ThroughALinkThatLeadsOutside_Absent()
    {
        _root.Write("x", "content");
        _outside.Write("secret", "secret");
        Directory.CreateSymbolicLink(_root.In("directory"), _outside.Path);
        File.CreateSymbolicLink(_root.In("file"), _outside.In("secret"));
        File.CreateSymbolicLink(_root.In("up"), $"../{Path.GetFileName(_outside.Path)}/secret");
        File.CreateSymbolicLink(_root.In("broken"), "nowhere");
        // A sibling whose path begins as the bucket's does.
        Directory.CreateSymbolicLink(_root.In("sibling"), _root.Path + "-sibling");

        foreach (var name in new[] { "directory/secret", "file", "up", "broken", "sibling/x" })
        {
            Assert.Null(await _bucket.HeadAsync(Key(name), Token));
            Assert.Null(await _bucket.OpenAsync(Key(name), null, null, Token));
        }

        Assert.Equal(["x"], await NamesAsync(string.Empty, ListDepth.All));
        Assert.Equal(["x"], await NamesAsync(string.Empty, ListDepth.Children));
        Assert.Empty(await NamesAsync("directory/", ListDepth.All));
    }

    [Fact]
    public async Task Write_BelowALinkThatLeadsOutside_UnavailableAndNothingThere()
    {
        Directory.CreateSymbolicLink(_root.In("out"), _outside.Path);

        await Assert.ThrowsAsync<BucketUnavailableException>(() => WriteAsync("out/x"));
        await Assert.ThrowsAsync<BucketUnavailableException>(() => WriteAsync("out/deep/x"));

        Assert.Empty(Directory.EnumerateFileSystemEntries(_outside.Path));
    }

    [Fact]
    public async Task List_LoopsOfLinks_EndAndShowEachFileOnce()
    {
        _root.Write("a/x", "content");
        Directory.CreateSymbolicLink(_root.In("a/self"), ".");
        Directory.CreateSymbolicLink(_root.In("a/root"), _root.Path);
        Directory.CreateSymbolicLink(_root.In("self"), "self");

        Assert.Equal(["a/x"], await NamesAsync(string.Empty, ListDepth.All));
        Assert.Null(await _bucket.HeadAsync(Key("self"), Token));
    }

    [Fact]
    public async Task Root_ThatIsALink_FollowedAndMayBeSwitched()
    {
        _root.Write("r1/x", "first");
        _root.Write("r2/x", "the second");
        Directory.CreateSymbolicLink(_root.In("current"), "r1");
        using var bucket = new FolderBucket(_root.In("current"));
        var before = await bucket.HeadAsync(Key("x"), Token);

        Directory.Delete(_root.In("current"));
        Directory.CreateSymbolicLink(_root.In("current"), "r2");

        Assert.Equal(5, before!.Length);
        Assert.Equal(10, (await bucket.HeadAsync(Key("x"), Token))!.Length);
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("file")]
    [InlineData("broken")]
    public async Task AnyCall_RootIsNoDirectory_Unavailable(string root)
    {
        _root.Write("file", "content");
        File.CreateSymbolicLink(_root.In("broken"), "gone");
        using var bucket = new FolderBucket(_root.In(root));

        await FailsAsync(bucket);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void AnyCall_PermissionDenied_Unavailable()
    {
        _root.Write("x", "content");
        _root.Write("deep/y", "content");
        File.SetUnixFileMode(_root.Path, Mode("rwxr-xr-x"));
        File.SetUnixFileMode(_root.In("deep"), Mode("---------"));

        try
        {
            UnprivilegedThread.Run(async () =>
            {
                Assert.NotNull(await _bucket.HeadAsync(Key("x"), Token));
                await Assert.ThrowsAsync<BucketUnavailableException>(async () => await _bucket.HeadAsync(Key("deep/y"), Token));
                await Assert.ThrowsAsync<BucketUnavailableException>(async () => await _bucket.OpenAsync(Key("deep/y"), null, null, Token));
                await Assert.ThrowsAsync<BucketUnavailableException>(() => NamesAsync(string.Empty, ListDepth.All));
            });
            File.SetUnixFileMode(_root.In("deep"), Mode("r--r--r--")); // names without their files' dates
            UnprivilegedThread.Run(() => Assert.ThrowsAsync<BucketUnavailableException>(() => NamesAsync(string.Empty, ListDepth.All)));
        }
        finally
        {
            File.SetUnixFileMode(_root.In("deep"), Mode("rwx------"));
        }
    }

    [Fact]
    public async Task Read_FileTruncatedMeanwhile_UnavailableRatherThanShort()
    {
        var path = _root.Write("x", new string('c', 100_000));
        await using var opened = await _bucket.OpenAsync(Key("x"), null, null, Token);
        await opened!.Body.ReadExactlyAsync(new byte[10], Token);

        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(20);
        }

        var exception = await Assert.ThrowsAsync<BucketUnavailableException>(() => opened.Body.CopyToAsync(Stream.Null, Token));
        Assert.Contains("ended after 20 of 100000 bytes", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_FileReplacedOrGrownMeanwhile_TheBytesThatWereOpened()
    {
        await WriteAsync("x", "version 1");
        await using var opened = await _bucket.OpenAsync(Key("x"), null, null, Token);

        await WriteAsync("x", "version two");

        using var reader = new StreamReader(opened!.Body);
        Assert.Equal("version 1", await reader.ReadToEndAsync(Token));
    }

    [Theory]
    [InlineData("@999999999999999")]
    [InlineData("@-999999999999999")]
    public async Task AnyCall_DateThatDotNetCannotHold_ServedAsFrom1970(string date)
    {
        Tool.Require("touch", "stat");
        using var root = await WithDateAsync(date);
        using var bucket = new FolderBucket(root.Path);

        var head = await bucket.HeadAsync(Key("x"), Token);
        await using var opened = await bucket.OpenAsync(Key("x"), null, null, Token);
        var entries = await bucket.ListAsync(string.Empty, ListDepth.All, Token).ToListAsync(Token);

        Assert.Equal(DateTimeOffset.UnixEpoch, head!.Modified);
        Assert.Equal(head, opened!.Metadata);
        Assert.Equal(["empty/", "link", "x"], entries.Select(static entry => entry.Name).Order(StringComparer.Ordinal));
        Assert.All(entries, static entry => Assert.Equal(DateTimeOffset.UnixEpoch, entry.Modified));
    }

    [Fact]
    public async Task Open_PipeThatNobodyWritesTo_EmptyAtOnce()
    {
        Tool.Require("mkfifo");
        await Tool.RunAsync("mkfifo", [_root.In("pipe")]);

        // Elsewhere: it is the open itself that could block.
        var opening = Task.Run(() => _bucket.OpenAsync(Key("pipe"), null, null, Token).AsTask(), Token);
        await using var opened = await opening.WaitAsync(TimeSpan.FromSeconds(10), Token);

        Assert.Equal(0, await opened!.Body.ReadAsync(new byte[1], Token));
        Assert.Equal(await _bucket.HeadAsync(Key("pipe"), Token), opened.Metadata);
    }

    [Fact]
    public async Task AnyCall_RootIsAFile_UnavailableAndSaysSo()
    {
        using var bucket = new FolderBucket(_root.Write("x", "content"));

        var exception = await Assert.ThrowsAsync<BucketUnavailableException>(async () => await bucket.HeadAsync(Key("x"), Token));

        Assert.Equal($"The bucket's path {_root.In("x")} is not a directory", exception.Message);
    }

    private static AssetKey Key(string name) => AssetKey.TryCreate(name, out var key) ? key : throw new ArgumentException(name);

    // A file, a link to it and an empty directory, on a file system that keeps any date (most keep 34 bits of seconds at best).
    private static async Task<ScratchFolder> WithDateAsync(string date)
    {
        const string Memory = "/dev/shm";
        Tool.RequireThat(Directory.Exists(Memory), $"no {Memory}");
        var root = new ScratchFolder(Memory);
        var file = root.Write("x", "content");
        var directory = Directory.CreateDirectory(root.In("empty")).FullName;
        File.CreateSymbolicLink(root.In("link"), "x");
        await Tool.RunAsync("touch", ["-d", date, file, directory]);
        Tool.RequireThat("@" + await Tool.LineOfAsync("stat", "-c", "%Y", file) == date, $"{Memory} keeps no such dates");
        return root;
    }

    private static async Task FailsAsync(FolderBucket bucket)
    {
        await Assert.ThrowsAsync<BucketUnavailableException>(async () => await bucket.HeadAsync(Key("x"), Token));
        await Assert.ThrowsAsync<BucketUnavailableException>(async () => await bucket.OpenAsync(Key("x"), null, null, Token));
        await Assert.ThrowsAsync<BucketUnavailableException>(async () => await bucket.AnyAsync(string.Empty, Token));
        await Assert.ThrowsAsync<BucketUnavailableException>(async () => await bucket.ListAsync("x/", ListDepth.All, Token).CountAsync(Token));
        await Assert.ThrowsAsync<BucketUnavailableException>(
            async () => await bucket.WriteAsync(Key("x"), default, new ObjectAttributes(), WriteCondition.None, Token));
        await Assert.ThrowsAsync<BucketUnavailableException>(async () => await bucket.DeleteAsync(Key("x"), Token));
    }

    private async Task<EntityTag?> WriteAsync(string key, string content = "content", FolderBucket? bucket = null, WriteCondition condition = default) =>
        await (bucket ?? _bucket).WriteAsync(Key(key), System.Text.Encoding.UTF8.GetBytes(content), new ObjectAttributes(), condition, Token);

    private async Task<string[]> NamesAsync(string prefix, ListDepth depth) =>
        [.. (await _bucket.ListAsync(prefix, depth, Token).Select(static entry => entry.Name).ToListAsync(Token)).Order(StringComparer.Ordinal)];

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    }

    // As ls shows it.
    private static UnixFileMode Mode(string text)
    {
        var bits = text.Aggregate(0, (mode, letter) => (mode << 1) | (letter == '-' ? 0 : 1));
        return (UnixFileMode)bits;
    }
}
