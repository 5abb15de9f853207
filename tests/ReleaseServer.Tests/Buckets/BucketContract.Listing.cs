using ReleaseServer.Buckets;

namespace ReleaseServer.Tests.Buckets;

/// <content>Of listing.</content>
public abstract partial class BucketContract
{
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
}
