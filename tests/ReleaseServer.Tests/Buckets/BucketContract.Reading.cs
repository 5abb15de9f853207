using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Tests.Buckets;

/// <content>Of reading.</content>
public abstract partial class BucketContract
{
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

        // How a cache came by it is no property of the object.
        Assert.Equal((await Bucket.HeadAsync(Key("x"), Token))! with { CacheUse = null }, opened!.Metadata with { CacheUse = null });
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
    public async Task OpenChanged_AbsentKey_Absent()
    {
        var read = await Bucket.OpenChangedAsync(Key("nowhere/x"), new EntityTag("\"00\""), Token);

        Assert.Equal(new Revalidation(RevalidationOutcome.Absent), read);
    }

    [Fact]
    public async Task OpenChanged_VersionOfTheWrite_UnchangedWithoutABody()
    {
        var tag = await PutAsync("x", "content");

        var read = await Bucket.OpenChangedAsync(Key("x"), tag, Token);

        Assert.Equal(new Revalidation(RevalidationOutcome.Unchanged), read);
    }

    [Fact]
    public async Task OpenChanged_AnotherVersion_ItsMetadataAndBytes()
    {
        var tag = await PutAsync("x", "version 1");
        await PutAsync("x", "version two");

        var read = await Bucket.OpenChangedAsync(Key("x"), tag, Token);

        Assert.Equal(RevalidationOutcome.Changed, read.Outcome);
        await using var opened = read.Representation;
        Assert.Equal((await Bucket.HeadAsync(Key("x"), Token))! with { CacheUse = null }, opened!.Metadata with { CacheUse = null });
        Assert.Equal("version two", await ReadAsync(opened));
    }

    [Fact]
    public async Task OpenChanged_RemovedSince_Absent()
    {
        var tag = await PutAsync("x", "content");
        await Bucket.DeleteAsync(Key("x"), Token);

        Assert.Equal(RevalidationOutcome.Absent, (await Bucket.OpenChangedAsync(Key("x"), tag, Token)).Outcome);
    }

    [Theory]
    [InlineData("W/\"x\"")]
    [InlineData("\"date-695735a5-7\"")]
    [InlineData("\"comma,back\\slash\"")]
    [InlineData("\"*\"")]
    public async Task OpenChanged_TagThatTheBucketNeverGave_Changed(string text)
    {
        await PutAsync("x", "content");
        Assert.True(EntityTag.TryParse(text, out var tag));

        var read = await Bucket.OpenChangedAsync(Key("x"), tag, Token);

        await using var opened = read.Representation;
        Assert.Equal("content", await ReadAsync(opened!));
    }

    [Fact]
    public async Task OpenChanged_OwnTagMarkedWeak_Changed()
    {
        var tag = await PutAsync("x", "content");

        var read = await Bucket.OpenChangedAsync(Key("x"), tag.AsWeak(), Token);

        await using var opened = read.Representation;
        Assert.Equal(RevalidationOutcome.Changed, read.Outcome);
    }

    [Fact]
    public async Task OpenChanged_EmptyObject_NoBytes()
    {
        var tag = await PutAsync("x", "content");
        await PutAsync("x", string.Empty);

        var read = await Bucket.OpenChangedAsync(Key("x"), tag, Token);

        await using var opened = read.Representation;
        Assert.Equal(string.Empty, await ReadAsync(opened!));
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
    public async Task Read_CancelledToken_OperationCanceled()
    {
        await PutAsync("x", "content");
        await using var opened = await Bucket.OpenAsync(Key("x"), null, null, Token);

        await CancelsAsync(async () => await opened!.Body.ReadExactlyAsync(new byte[4], new CancellationToken(canceled: true)));
    }
}
