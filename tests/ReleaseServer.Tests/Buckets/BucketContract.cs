using System.Text;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Tests.Buckets;

/// <summary>What each bucket, real, fake or decorated, must do. Each test has an empty bucket of its own.</summary>
public abstract class BucketContract : IAsyncLifetime
{
    private IWritableBucket? _bucket;

    internal IWritableBucket Bucket => _bucket!;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Whether the media type of a write comes back.</summary>
    private protected virtual bool KeepsContentType => true;

    /// <summary>Whether a store that is asked to choose among simultaneous writers may fail those that lose, rather than refuse them.</summary>
    private protected virtual bool LosersMayFail => false;

    public static TheoryData<string> OddKeys =>
    [
        "a b", "a+b", "a%20b", "a%2Fb", "100%", "q?x=1&y#z", "back\\slash", "ünï/日本", "emoji😀", "tilde~t*()!'", "semi;colon=eq@at$,:", "<&>\"",
        "..a", "a..", ".hidden", "tab\there", "line\nfeed", "control\u0001", "deep/er/and/deeper/still",
    ];

    public async ValueTask InitializeAsync() => _bucket = await StartAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task Head_AbsentKey_Null()
    {
        Assert.Null(await Bucket.HeadAsync(Key("nowhere/x"), Token));
    }

    [Fact]
    public async Task Head_KeyThatIsOnlyAPrefix_Null()
    {
        await PutAsync("dist/x", "content");

        Assert.Null(await Bucket.HeadAsync(Key("dist"), Token));
    }

    [Fact]
    public async Task Head_KeyBelowAnObject_Null()
    {
        await PutAsync("file", "content");

        Assert.Null(await Bucket.HeadAsync(Key("file/x"), Token));
    }

    [Fact]
    public async Task Head_SegmentOf256Bytes_Null()
    {
        Assert.Null(await Bucket.HeadAsync(Key("dist/" + new string('n', 256)), Token));
    }

    [Fact]
    public async Task Head_WrittenObject_TagOfTheWriteAndItsLength()
    {
        var tag = await PutAsync("dist/x", "content");

        var metadata = await Bucket.HeadAsync(Key("dist/x"), Token);

        Assert.NotNull(metadata);
        Assert.Equal(7, metadata.Length);
        Assert.Equal(tag, metadata.EntityTag);
        Assert.Null(metadata.ContentEncoding);
    }

    [Theory]
    [InlineData("2020-02-03T04:05:06Z")]
    [InlineData("2020-02-03T04:05:06.789Z")]
    [InlineData("2020-02-03T04:05:06.7891234Z")]
    [InlineData("1970-01-01T00:00:00Z")]
    public async Task Write_WithDate_DateKeptWithItsFraction(string date)
    {
        var modified = DateTimeOffset.Parse(date, System.Globalization.CultureInfo.InvariantCulture);

        await Bucket.WriteAsync(Key("x"), "content"u8.ToArray(), new ObjectAttributes(Modified: modified), WriteCondition.None, Token);

        Assert.Equal(modified, (await Bucket.HeadAsync(Key("x"), Token))!.Modified);
        await using var opened = await Bucket.OpenAsync(Key("x"), null, null, Token);
        Assert.Equal(modified, opened!.Metadata.Modified);
    }

    [Theory]
    [InlineData("text/plain; charset=utf-8")]
    [InlineData(null)]
    public async Task Write_WithOrWithoutContentType_ThatOrNone(string? contentType)
    {
        await Bucket.WriteAsync(Key("x.html"), "content"u8.ToArray(), new ObjectAttributes(contentType), WriteCondition.None, Token);

        var metadata = await Bucket.HeadAsync(Key("x.html"), Token);

        Assert.Equal(KeepsContentType ? contentType : null, metadata!.ContentType);
    }

    [Theory]
    [MemberData(nameof(OddKeys))]
    public async Task Write_OddKey_SameKeyAndBytesComeBack(string key)
    {
        await PutAsync("odd/" + key, "content of " + key);

        Assert.Equal("content of " + key, await ReadAsync("odd/" + key));
        Assert.NotNull(await Bucket.HeadAsync(Key("odd/" + key), Token));
        Assert.Equal(["odd/" + key], (await ListAsync("odd/", ListDepth.All)).Select(static entry => entry.Name));
        Assert.Null(await Bucket.HeadAsync(Key("odd/" + key + "x"), Token));
    }

    [Fact]
    public async Task Write_ExistingKey_ReplacedWithAnotherTag()
    {
        var first = await PutAsync("x", "version 1");

        var second = await PutAsync("x", "version 2");

        Assert.NotEqual(first, second);
        Assert.Equal("version 2", await ReadAsync("x"));
    }

    [Fact]
    public async Task Open_AbsentKey_Null()
    {
        Assert.Null(await Bucket.OpenAsync(Key("nowhere"), null, null, Token));
        Assert.Null(await Bucket.OpenAsync(Key("nowhere"), new ByteRange(0, 0), null, Token));
        Assert.Null(await Bucket.OpenAsync(Key("nowhere"), null, new EntityTag("\"00\""), Token));
    }

    [Fact]
    public async Task Open_WrittenObject_SameMetadataAsHead()
    {
        await PutAsync("x", "content");

        await using var opened = await Bucket.OpenAsync(Key("x"), new ByteRange(2, 3), null, Token);

        Assert.Equal(await Bucket.HeadAsync(Key("x"), Token), opened!.Metadata);
    }

    [Fact]
    public async Task Open_EmptyObject_NoBytes()
    {
        await PutAsync("empty", string.Empty);

        Assert.Equal(string.Empty, await ReadAsync("empty"));
        Assert.Equal(0, (await Bucket.HeadAsync(Key("empty"), Token))!.Length);
    }

    [Theory]
    [InlineData(0, 0, "0")]
    [InlineData(3, 5, "345")]
    [InlineData(9, 9, "9")]
    [InlineData(0, 9, "0123456789")]
    public async Task Open_Range_ThoseBytesOfTheWhole(long first, long last, string expected)
    {
        var tag = await PutAsync("digits", "0123456789");

        await using var opened = await Bucket.OpenAsync(Key("digits"), new ByteRange(first, last), tag, Token);

        Assert.Equal(expected, await ReadAsync(opened!));
        Assert.Equal(10, opened!.Metadata.Length);
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(9, 10)]
    public async Task Open_RangeBeyondTheEnd_Unavailable(long first, long last)
    {
        await PutAsync("digits", "0123456789");

        await Assert.ThrowsAsync<BucketUnavailableException>(
            async () => await Bucket.OpenAsync(Key("digits"), new ByteRange(first, last), null, Token));
    }

    [Fact]
    public async Task Open_TagOfAnotherVersion_RepresentationChanged()
    {
        var tag = await PutAsync("x", "version 1");
        await PutAsync("x", "version two");

        await Assert.ThrowsAsync<RepresentationChangedException>(async () => await Bucket.OpenAsync(Key("x"), null, tag, Token));
        await Assert.ThrowsAsync<RepresentationChangedException>(
            async () => await Bucket.OpenAsync(Key("x"), new ByteRange(1, 2), tag, Token));
    }

    [Fact]
    public async Task Open_ManyReadersOfOneObject_EachReadsAllOfIt()
    {
        var content = new string('c', 300_000);
        await PutAsync("x", content);

        var read = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => ReadAsync("x")));

        Assert.All(read, text => Assert.Equal(content, text));
    }

    [Fact]
    public async Task Write_IfAbsent_OnlyTheFirst()
    {
        var first = await WriteAsync("x", "first", WriteCondition.IfAbsent);
        var second = await WriteAsync("x", "second", WriteCondition.IfAbsent);

        Assert.NotNull(first);
        Assert.Null(second);
        Assert.Equal("first", await ReadAsync("x"));
    }

    [Fact]
    public async Task Write_IfMatchOfTheCurrentVersion_Written()
    {
        var tag = await PutAsync("x", "version 1");

        Assert.NotNull(await WriteAsync("x", "version 2", WriteCondition.IfMatch(tag)));
        Assert.Equal("version 2", await ReadAsync("x"));
    }

    [Fact]
    public async Task Write_IfMatchOfAnotherVersion_NullAndUntouched()
    {
        var tag = await PutAsync("x", "version 1");
        await PutAsync("x", "version two");

        Assert.Null(await WriteAsync("x", "version 3", WriteCondition.IfMatch(tag)));
        Assert.Equal("version two", await ReadAsync("x"));
    }

    [Fact]
    public async Task Write_IfMatchOfAnAbsentKey_NullAndStillAbsent()
    {
        Assert.Null(await WriteAsync("x", "content", WriteCondition.IfMatch(new EntityTag("\"0123456789abcdef0123456789abcdef\""))));
        Assert.Null(await Bucket.HeadAsync(Key("x"), Token));
    }

    [Fact]
    public async Task Write_ManyAtOnceIfAbsent_ExactlyOneWins()
    {
        var tags = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => RaceAsync("x", $"writer {i}", WriteCondition.IfAbsent)));

        var winner = Assert.Single(Enumerable.Range(0, 8), i => tags[i] is not null);
        Assert.Equal($"writer {winner}", await ReadAsync("x"));
    }

    [Fact]
    public async Task Write_ManyAtOnceIfMatch_ExactlyOneWins()
    {
        var tag = await PutAsync("x", "version 0");

        var tags = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => RaceAsync("x", $"writer {i}", WriteCondition.IfMatch(tag))));

        var winner = Assert.Single(Enumerable.Range(0, 8), i => tags[i] is not null);
        Assert.Equal($"writer {winner}", await ReadAsync("x"));
    }

    [Fact]
    public async Task Delete_PresentKey_GoneFromHeadAndListing()
    {
        await PutAsync("dist/deep/x", "content");

        await Bucket.DeleteAsync(Key("dist/deep/x"), Token);

        Assert.Null(await Bucket.HeadAsync(Key("dist/deep/x"), Token));
        Assert.Empty(await ListAsync(string.Empty, ListDepth.All));
        Assert.Empty(await ListAsync(string.Empty, ListDepth.Children));
        Assert.False(await Bucket.AnyAsync(string.Empty, Token));
    }

    [Fact]
    public async Task Delete_AbsentKey_NoError()
    {
        await PutAsync("dist/x", "content");

        await Bucket.DeleteAsync(Key("dist/y"), Token);
        await Bucket.DeleteAsync(Key("nowhere/y"), Token);

        Assert.Equal("content", await ReadAsync("dist/x"));
    }

    [Fact]
    public async Task List_Children_ObjectsAndOneRowADirectory()
    {
        await PutAllAsync("dist/a", "dist/v1/x", "dist/v1/y", "dist/v1/deep/z", "dist/v2/x", "distant/x", "other");

        var rows = await ListAsync("dist/", ListDepth.Children);

        Assert.Equal(["dist/a", "dist/v1/", "dist/v2/"], rows.Select(static row => row.Name).Order(StringComparer.Ordinal));
        Assert.Equal([false, true, true], rows.OrderBy(static row => row.Name, StringComparer.Ordinal).Select(static row => row.IsPrefix));
        Assert.Contains(BucketEntry.Prefix("dist/v1/"), rows);
    }

    [Fact]
    public async Task List_All_EveryObjectAndNoPrefix()
    {
        await PutAllAsync("dist/a", "dist/v1/x", "dist/v1/deep/z", "distant/x", "other");

        var rows = await ListAsync("dist/", ListDepth.All);

        Assert.Equal(["dist/a", "dist/v1/deep/z", "dist/v1/x"], rows.Select(static row => row.Name).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(rows, static row => row.IsPrefix);
        Assert.Equal(5, (await ListAsync(string.Empty, ListDepth.All)).Count);
    }

    [Fact]
    public async Task List_Object_LengthAndTagAsHeadGivesThem()
    {
        await PutAsync("dist/x", "content");

        var row = Assert.Single(await ListAsync("dist/", ListDepth.Children));

        var metadata = await Bucket.HeadAsync(Key("dist/x"), Token);
        Assert.Equal(metadata!.Length, row.Length);
        Assert.Equal(metadata.EntityTag, row.EntityTag);
        Assert.NotEqual(default, row.Modified);
    }

    [Theory]
    [InlineData("nowhere/")]
    [InlineData("x/")]
    [InlineData("x/deep/")]
    public async Task List_PrefixOfNothing_EmptyAndNotAny(string prefix)
    {
        await PutAsync("x", "content");

        Assert.Empty(await ListAsync(prefix, ListDepth.Children));
        Assert.Empty(await ListAsync(prefix, ListDepth.All));
        Assert.False(await Bucket.AnyAsync(prefix, Token));
    }

    [Fact]
    public async Task List_EmptyBucket_Empty()
    {
        Assert.Empty(await ListAsync(string.Empty, ListDepth.Children));
        Assert.Empty(await ListAsync(string.Empty, ListDepth.All));
        Assert.False(await Bucket.AnyAsync(string.Empty, Token));
    }

    [Fact]
    public async Task List_EmptyDirectory_MarkerOfItsNameAndPrefixAbove()
    {
        await PutAsync("dist/x", "content");
        await AddMarkerAsync("dist/empty/");

        var marker = Assert.Single(await ListAsync("dist/empty/", ListDepth.Children));

        Assert.Equal("dist/empty/", marker.Name);
        Assert.False(marker.IsPrefix);
        Assert.Equal(0, marker.Length);
        Assert.Contains(BucketEntry.Prefix("dist/empty/"), await ListAsync("dist/", ListDepth.Children));
        Assert.Contains(marker, await ListAsync(string.Empty, ListDepth.All));
        Assert.True(await Bucket.AnyAsync("dist/empty/", Token));
        Assert.Null(await Bucket.HeadAsync(Key("dist/empty"), Token));
    }

    [Fact]
    public async Task List_MoreThanTwoPages_EachKeyOnce()
    {
        var files = Enumerable.Range(0, 1250).Select(static i => $"p/file-{i:0000} +%").ToList();
        var nested = Enumerable.Range(0, 1250).Select(static i => $"p/dir-{i:0000} +%/x").ToList();
        await PutAllAsync([.. files, .. nested]);

        var all = await ListAsync("p/", ListDepth.All);
        var children = await ListAsync("p/", ListDepth.Children);

        Assert.Equal([.. nested, .. files], all.Select(static row => row.Name).Order(StringComparer.Ordinal));
        Assert.Equal(
            [.. nested.Select(static name => name[..^1]), .. files],
            children.Select(static row => row.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Any_PrefixWithObjectsBelow_True()
    {
        await PutAsync("dist/v1/x", "content");

        Assert.True(await Bucket.AnyAsync("dist/", Token));
        Assert.True(await Bucket.AnyAsync("dist/v1/", Token));
        Assert.True(await Bucket.AnyAsync(string.Empty, Token));
        Assert.False(await Bucket.AnyAsync("dis/", Token));
    }

    [Fact]
    public async Task OwnDocument_WrittenAndRead_ListedLikeAnyOther()
    {
        await Bucket.WriteAsync(AssetKey.Own("links.json"), "{}"u8.ToArray(), new ObjectAttributes(), WriteCondition.None, Token);

        Assert.NotNull(await Bucket.HeadAsync(AssetKey.Own("links.json"), Token));
        Assert.Equal([".release-server/links.json"], (await ListAsync(string.Empty, ListDepth.All)).Select(static row => row.Name));
        Assert.Equal([BucketEntry.Prefix(".release-server/")], await ListAsync(string.Empty, ListDepth.Children));
    }

    [Fact]
    public async Task AnyCall_CancelledToken_OperationCanceled()
    {
        await PutAsync("x", "content");
        var cancelled = new CancellationToken(canceled: true);

        await CancelsAsync(async () => await Bucket.HeadAsync(Key("x"), cancelled));
        await CancelsAsync(async () => await Bucket.OpenAsync(Key("x"), null, null, cancelled));
        await CancelsAsync(async () => await Bucket.AnyAsync(string.Empty, cancelled));
        await CancelsAsync(async () => await Bucket.ListAsync(string.Empty, ListDepth.All, cancelled).GetAsyncEnumerator(cancelled).MoveNextAsync());
        await CancelsAsync(
            async () => await Bucket.WriteAsync(Key("y"), "y"u8.ToArray(), new ObjectAttributes(), WriteCondition.None, cancelled));
        await CancelsAsync(async () => await Bucket.DeleteAsync(Key("x"), cancelled));

        Assert.Equal("content", await ReadAsync("x"));
        Assert.Null(await Bucket.HeadAsync(Key("y"), Token));
    }

    [Fact]
    public async Task Read_CancelledToken_OperationCanceled()
    {
        await PutAsync("x", "content");
        await using var opened = await Bucket.OpenAsync(Key("x"), null, null, Token);

        await CancelsAsync(async () => await opened!.Body.ReadExactlyAsync(new byte[4], new CancellationToken(canceled: true)));
    }

    /// <summary>Makes the bucket, empty.</summary>
    internal abstract ValueTask<IWritableBucket> StartAsync();

    /// <summary>Puts the sign of an empty directory; <paramref name="prefix"/> ends in a slash.</summary>
    internal abstract ValueTask AddMarkerAsync(string prefix);

    private protected static AssetKey Key(string name) =>
        AssetKey.TryCreate(name, out var key) ? key : throw new ArgumentException(name);

    private protected async Task<EntityTag> PutAsync(string key, string content) =>
        (await WriteAsync(key, content, WriteCondition.None))!.Value;

    private protected async Task<string> ReadAsync(string key)
    {
        await using var opened = await Bucket.OpenAsync(Key(key), null, null, Token);
        return await ReadAsync(opened!);
    }

    private protected static async Task<string> ReadAsync(Representation opened)
    {
        using var text = new MemoryStream();
        await opened.Body.CopyToAsync(text, Token);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    private protected async Task<List<BucketEntry>> ListAsync(string prefix, ListDepth depth)
    {
        var rows = new List<BucketEntry>();
        await foreach (var row in Bucket.ListAsync(prefix, depth, Token))
        {
            rows.Add(row);
        }

        return rows;
    }

    private static Task<OperationCanceledException> CancelsAsync(Func<Task> call) => Assert.ThrowsAnyAsync<OperationCanceledException>(call);

    private async Task<EntityTag?> WriteAsync(string key, string content, WriteCondition condition) =>
        await Bucket.WriteAsync(Key(key), Encoding.UTF8.GetBytes(content), new ObjectAttributes(), condition, Token);

    private async Task<EntityTag?> RaceAsync(string key, string content, WriteCondition condition)
    {
        try
        {
            return await WriteAsync(key, content, condition);
        }
        catch (BucketUnavailableException) when (LosersMayFail)
        {
            return null;
        }
    }

    private Task PutAllAsync(params IEnumerable<string> keys) =>
        Parallel.ForEachAsync(keys, Token, async (key, _) => await PutAsync(key, "x"));
}
