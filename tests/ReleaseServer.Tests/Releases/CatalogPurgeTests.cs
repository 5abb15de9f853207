using ReleaseServer.Releases;

namespace ReleaseServer.Tests.Releases;

public sealed class CatalogPurgeTests
{
    [Fact]
    public void Of_NothingChanged_NoPurge()
    {
        Assert.Null(CatalogPurge.Of([]));
    }

    [Fact]
    public void Of_FewDocuments_EachByItsKey()
    {
        Assert.Equal(
            [
                "key:.release-server/catalog/a/b/~listing.json",
                "key:.release-server/catalog/a/~listing.json",
                "key:.release-server/catalog/~listing.json",
            ],
            TagsOf(["", "a/", "a/b/"]));
    }

    [Fact]
    public void Of_MoreThanAThousand_DeepOnesByTheirParents()
    {
        var directories = Enumerable.Range(0, 990).SelectMany(i => new[] { $"r/v{i}/docs/", $"r/v{i}/docs/api/" }).Append("r/").Append("");

        var tags = TagsOf([.. directories]);

        Assert.Equal(992, tags.Count);
        Assert.Contains("key:.release-server/catalog/~listing.json", tags);
        Assert.Contains("key:.release-server/catalog/r/~listing.json", tags);
        Assert.Contains("dir:.release-server/catalog/r/v7/", tags);
    }

    [Fact]
    public void Of_MoreThanAThousandSideBySide_TheirParent()
    {
        Assert.Equal(["dir:.release-server/catalog/r/"], TagsOf([.. Enumerable.Range(0, 1_001).Select(i => $"r/v{i}/")]));
    }

    [Fact]
    public void Of_MoreThanAThousandAtTheTop_TheWholeCatalog()
    {
        Assert.Equal(["dir:.release-server/catalog/"], TagsOf([.. Enumerable.Range(0, 1_001).Select(i => $"v{i}/")]));
    }

    [Fact]
    public void Of_DirectoryWithATilde_AsItsDocumentIsNamed()
    {
        Assert.Equal(["key:.release-server/catalog/~~x/~listing.json"], TagsOf(["~x/"]));
    }

    private static IReadOnlyList<string> TagsOf(IReadOnlyList<string> directories) =>
        [.. CatalogPurge.Of(directories)!.Tags.Select(tag => tag.ToString())];
}
