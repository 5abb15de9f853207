using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Tests.Releases;

public sealed class LinkChangeTests
{
    private static readonly LinkTable Published = new([new Link("r/b", "r/v1", true), new Link("r/c", "r/v1", true), new Link("r/d", "r/v1", true)]);

    [Fact]
    public void Between_NewMovedSameAndGone_ReadableInOrderOfNames()
    {
        Link[] planned = [new Link("r/d", "r/v1", true), new Link("r/c", "r/v2", true), new Link("r/a", "r/v2", true)];

        var changes = LinkChange.Between(Published, planned);

        Assert.Equal(["+ r/a -> r/v2", "- r/b -> r/v1", "~ r/c -> r/v2 (was r/v1)"], changes.Select(change => change.ToString()));
    }

    [Fact]
    public void Between_SameLinks_Nothing()
    {
        Assert.Empty(LinkChange.Between(Published, [.. Published.Links]));
    }

    [Fact]
    public void Between_FileThatBecameADirectory_AChange()
    {
        var published = new LinkTable([new Link("r/a", "r/x", false)]);

        var changes = LinkChange.Between(published, [new Link("r/a", "r/x", true)]);

        Assert.Equal(["~ r/a -> r/x (was r/x)"], changes.Select(change => change.ToString()));
    }
}
