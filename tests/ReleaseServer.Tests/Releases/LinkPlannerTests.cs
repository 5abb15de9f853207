using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Tests.Releases;

public sealed class LinkPlannerTests
{
    private static readonly ReleaseRules Node = SiteDataLoader.Load(null).Releases;

    [Fact]
    public void Plan_NodeTree_LatestOfEachLine()
    {
        var plan = Plan(
            "nodejs/release/v0.9.12/a",
            "nodejs/release/v0.10.9/a",
            "nodejs/release/v0.10.48/a",
            "nodejs/release/v4.9.1/a",
            "nodejs/release/v22.9.0/a",
            "nodejs/release/v22.23.2/a",
            "nodejs/release/v26.7.0/a",
            "nodejs/release/v26.8.0-rc.1/a",
            "nodejs/release/v0.10.16-isaacs-manual/a",
            "nodejs/release/npm/a");

        Assert.Equal(
            [
                "latest -> v26.7.0",
                "latest-argon -> v4.9.1",
                "latest-jod -> v22.23.2",
                "latest-v0.10.x -> v0.10.48",
                "latest-v22.x -> v22.23.2",
                "latest-v26.x -> v26.7.0",
                "latest-v4.x -> v4.9.1",
            ],
            plan.Links.Select(link => $"{link.Name} -> {link.Target}".Replace("nodejs/release/", "", StringComparison.Ordinal)));
        Assert.All(plan.Links, link => Assert.True(link.IsDirectory));
    }

    [Fact]
    public void Plan_Docs_LinksWhereAVersionHasSomeAndNoRealDirectoryIsThere()
    {
        var plan = Plan("nodejs/release/v0.5.0/docs/x", "nodejs/docs/v0.5.0/api.html", "nodejs/release/v8.17.0/docs/x", "nodejs/release/v9.0.0/a");

        var docs = plan.Links.Where(link => link.Name.StartsWith("nodejs/docs/", StringComparison.Ordinal));
        Assert.Equal(["nodejs/docs/latest-carbon", "nodejs/docs/latest-v8.x", "nodejs/docs/v8.17.0"], docs.Select(link => link.Name));
        Assert.All(docs, link => Assert.Equal("nodejs/release/v8.17.0/docs", link.Target));
        Assert.Contains("nodejs/docs/v0.5.0: a real file or directory has this name", plan.LeftOut.Select(row => row.ToString()));
        Assert.Contains("nodejs/docs/latest: its target nodejs/release/v9.0.0/docs is not in the bucket", plan.LeftOut.Select(row => row.ToString()));
    }

    [Fact]
    public void Plan_NamedLineWithoutAVersionThatCounts_NotLinkedEvenByThePattern()
    {
        var plan = Plan("nodejs/release/v8.1.1/a", "nodejs/release/v9.11.2/a");

        Assert.Equal(["nodejs/release/latest", "nodejs/release/latest-v9.x"], plan.Links.Select(link => link.Name));
    }

    [Fact]
    public void Plan_OldTarballs_OnlyInTheRangeOfTheRule()
    {
        var plan = Plan(
            "nodejs/release/v0.1.14/SHASUMS256.txt",
            "nodejs/release/node-v0.1.14.tar.gz",
            "nodejs/release/v0.6.1/SHASUMS256.txt",
            "nodejs/release/node-v0.6.1.tar.gz");

        var files = plan.Links.Where(link => !link.IsDirectory).Select(link => $"{link.Name} -> {link.Target}");
        Assert.Equal(["nodejs/release/v0.1.14/node-v0.1.14.tar.gz -> nodejs/release/node-v0.1.14.tar.gz"], files);
    }

    [Fact]
    public void Plan_FileOfTheNewest_NamedByTheLine()
    {
        var plan = Plan("nodejs/release/v26.7.0/node-v26.7.0.tar.gz", "nodejs/release/v26.7.0/docs/llms.txt");

        Assert.Contains(new Link("nodejs/release/node-latest.tar.gz", "nodejs/release/v26.7.0/node-v26.7.0.tar.gz", false), plan.Links);
        Assert.Contains(new Link("llms.txt", "nodejs/release/v26.7.0/docs/llms.txt", false), plan.Links);
        Assert.Contains("node-config-schema.json", plan.LeftOut.Select(row => row.Name));
    }

    [Fact]
    public void Plan_EmptyBucket_NoLinks()
    {
        Assert.Empty(Plan().Links);
    }

    private static LinkPlan Plan(params string[] keys)
    {
        var inventory = new BucketInventory();
        foreach (var key in keys)
        {
            inventory.Add(key);
        }

        return LinkPlanner.Plan(Node, inventory);
    }
}
