using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Tests.Releases;

/// <summary>Release trees that are not shaped as that of Node.js.</summary>
public sealed class LinkPlannerShapesTests
{
    private static readonly LineRule Latest = Line("latest");

    [Fact]
    public void Plan_VersionsWithoutAV_NewestByNumberNotByText()
    {
        var plan = Plan(Channel("downloads", "{version}", Latest), "downloads/1.9.0/a", "downloads/1.10.0/a", "downloads/v2.0.0/a", "downloads/2.x/a");

        Assert.Equal(["downloads/latest -> downloads/1.10.0"], Links(plan));
    }

    [Fact]
    public void Plan_VersionsBehindAWord_WordTakenOff()
    {
        var plan = Plan(
            Channel("", "go{version}.linux", Latest, Line("go{major}.{minor}")),
            "go1.9.7.linux/a",
            "go1.21.0.linux/a",
            "go1.21.13.linux/a",
            "go1.22.linux/a",
            "gopher1.30.linux/a",
            "go1.40/a",
            "go.linux/a");

        Assert.Equal(
            ["go1.21 -> go1.21.13.linux", "go1.22 -> go1.22.linux", "go1.9 -> go1.9.7.linux", "latest -> go1.22.linux"],
            Links(plan));
    }

    [Fact]
    public void Plan_Prereleases_CountOnlyWhereTheLineSaysSo()
    {
        var plan = Plan(
            Channel("r", "{version}", Latest, Line("next") with { Prereleases = true }),
            "r/1.0.0/a",
            "r/2.0.0-beta.2/a",
            "r/2.0.0-beta.10/a");

        Assert.Equal(["r/latest -> r/1.0.0", "r/next -> r/2.0.0-beta.10"], Links(plan));
    }

    [Fact]
    public void Plan_TwoChannels_EachWithItsOwnLines()
    {
        var rules = new ReleaseRules([Channel("stable", "{version}", Line("latest")), Channel("beta", "{version}", Line("latest") with { Prereleases = true })]);

        var plan = LinkPlanner.Plan(rules, Inventory("stable/1.4.2/a", "beta/1.5.0-beta.1/a"));

        Assert.Equal(["beta/latest -> beta/1.5.0-beta.1", "stable/latest -> stable/1.4.2"], Links(plan));
    }

    [Fact]
    public void Plan_TwoChannelsForOneName_FirstDecides()
    {
        var (first, second) = (Channel("r", "v{version}", Latest), Channel("r", "{version}", Latest));

        var plan = LinkPlanner.Plan(new ReleaseRules([first, second]), Inventory("r/v1.0.0/a", "r/2.0.0/a"));

        Assert.Equal(["r/latest -> r/v1.0.0"], Links(plan));
        Assert.Empty(plan.LeftOut);
    }

    [Fact]
    public void Plan_Markers_AreVersionsToo()
    {
        var plan = Plan(Channel("r", "{version}", Latest), "r/1.0.0/");

        Assert.Equal([new Link("r/latest", "r/1.0.0", IsDirectory: true)], plan.Links);
    }

    [Fact]
    public void Plan_BoundsOfALine_BothEndsCount()
    {
        var plan = Plan(
            Channel("r", "{version}", Line("lts") with { From = "1.2", To = "1.4" }),
            "r/1.1.9/a",
            "r/1.4.0/a",
            "r/1.4.1/a");

        Assert.Equal(["r/lts -> r/1.4.0"], Links(plan));
    }

    [Fact]
    public void Plan_PlaceholderOfALine_ItsVersionsDirectory()
    {
        var channel = Channel("r", "{version}", Latest, Line("lts") with { Within = "1" }) with
        {
            Links =
            [
                new LinkRule("app.tgz", "r/{latest}/app-{latest}.tgz", LinkScope.Once, null, null),
                new LinkRule("lts.tgz", "r/{lts}/app-{lts}.tgz", LinkScope.Once, null, null),
                new LinkRule("docs/{line}", "r/{name}/docs", LinkScope.Line, null, null),
                new LinkRule("docs/{version}", "r/{name}/docs", LinkScope.Version, "1.5", null),
            ],
        };

        var plan = Plan(channel, "r/1.4.2/app-1.4.2.tgz", "r/1.4.2/docs/a", "r/2.0.0/app-2.0.0.tgz", "r/2.0.0/docs/a");

        Assert.Equal(
            [
                "app.tgz -> r/2.0.0/app-2.0.0.tgz",
                "docs/2.0.0 -> r/2.0.0/docs",
                "docs/latest -> r/2.0.0/docs",
                "docs/lts -> r/1.4.2/docs",
                "lts.tgz -> r/1.4.2/app-1.4.2.tgz",
                "r/latest -> r/2.0.0",
                "r/lts -> r/1.4.2",
            ],
            Links(plan));
    }

    [Fact]
    public void Plan_PlaceholderOfALineWithoutVersions_LeftOut()
    {
        var channel = Channel("r", "{version}", Line("lts") with { Within = "1" }) with
        {
            Links = [new LinkRule("lts.tgz", "r/{lts}/app.tgz", LinkScope.Once, null, null)],
        };

        var plan = Plan(channel, "r/2.0.0/app.tgz");

        Assert.Empty(plan.Links);
        Assert.Equal(["lts.tgz: no version gives its target r/{lts}/app.tgz"], plan.LeftOut.Select(row => row.ToString()));
    }

    [Fact]
    public void Plan_LinkBeneathALineOfTheSameChannel_LeftOut()
    {
        var channel = Channel("r", "{version}", Latest) with
        {
            Links = [new LinkRule("r/latest/app.tgz", "r/{latest}/app-{latest}.tgz", LinkScope.Once, null, null)],
        };

        var plan = Plan(channel, "r/2.0.0/app-2.0.0.tgz");

        Assert.Equal(["r/latest -> r/2.0.0"], Links(plan));
        Assert.Equal(["r/latest/app.tgz: it would lie beneath the link r/latest"], plan.LeftOut.Select(row => row.ToString()));
    }

    [Fact]
    public void Plan_LinkAboveAnother_LeftOut()
    {
        var channel = Channel("r", "{version}") with
        {
            Links =
            [
                new LinkRule("get/app/new.tgz", "r/2.0.0/app.tgz", LinkScope.Once, null, null),
                new LinkRule("get", "r", LinkScope.Once, null, null),
            ],
        };

        var plan = Plan(channel, "r/2.0.0/app.tgz");

        Assert.Equal(["get/app/new.tgz -> r/2.0.0/app.tgz"], Links(plan));
        Assert.Equal(["get: another link lies beneath it"], plan.LeftOut.Select(row => row.ToString()));
    }

    [Fact]
    public void Plan_SecondRuleForANameThatTheFirstCouldNotMake_MadeAndNotCalledLeftOut()
    {
        var channel = Channel("r", "{version}", Latest) with
        {
            Links =
            [
                new LinkRule("app", "r/{latest}/app.tar.zst", LinkScope.Once, null, null),
                new LinkRule("app", "r/{latest}/app.tar.gz", LinkScope.Once, null, null),
            ],
        };

        var plan = Plan(channel, "r/2.0.0/app.tar.gz");

        Assert.Equal(["app -> r/2.0.0/app.tar.gz", "r/latest -> r/2.0.0"], Links(plan));
        Assert.Empty(plan.LeftOut);
    }

    private static LineRule Line(string link) => new(link, null, null, null, false);

    private static ReleaseChannel Channel(string directory, string versions, params LineRule[] lines) => new(directory, versions, lines, []);

    private static LinkPlan Plan(ReleaseChannel channel, params string[] keys) => LinkPlanner.Plan(new ReleaseRules([channel]), Inventory(keys));

    private static IEnumerable<string> Links(LinkPlan plan) => plan.Links.Select(link => $"{link.Name} -> {link.Target}");

    private static BucketInventory Inventory(params string[] keys)
    {
        var inventory = new BucketInventory();
        foreach (var key in keys)
        {
            inventory.Add(key);
        }

        return inventory;
    }
}
