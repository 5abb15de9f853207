using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Tests.Buckets;

/// <content>Of writing and deletion.</content>
public abstract partial class BucketContract
{
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
}
