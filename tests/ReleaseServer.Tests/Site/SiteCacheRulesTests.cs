using ReleaseServer.Caching;
using ReleaseServer.Site;

namespace ReleaseServer.Tests.Site;

public sealed class SiteCacheRulesTests
{
    private static readonly SiteData Node = SiteDataLoader.Load(directory: null);
    private static readonly SiteData Other = Node with { Freshness = FreshnessRules.Neutral, Releases = ReleaseRules.None };

    private readonly CurrentSite _current = new();

    [Fact]
    public void Rules_BeforeAndAfterAReload_ThoseOfTheDataInForce()
    {
        const string Key = "nodejs/release/v22.1.0/x";
        var rules = new SiteCacheRules(_current, Node, new CacheOptions());
        Assert.Equal(("release", "v22.1.0"), (rules.ClassOf(Key).Name, rules.ReleaseOf(Key)));

        _current.Swap(new SiteSnapshot(Other, LinkTable.Empty, GenerationDocument.None));

        Assert.Same(FreshnessRules.Neutral.Default, rules.ClassOf(Key));
        Assert.Same(FreshnessRules.Neutral.Listings, rules.Listings);
        Assert.Same(FreshnessRules.Neutral.Absence, rules.Absence);
        Assert.Null(rules.ReleaseOf(Key));
    }

    [Fact]
    public void Rules_MaxAge_InThePlaceOfEveryLifetimeAndOfNothingElse()
    {
        var rules = new SiteCacheRules(_current, Node, new CacheOptions { MaxAge = TimeSpan.Zero });

        var (own, plain) = (rules.ClassOf("nodejs/release/v22.1.0/x"), Node.Freshness.ClassOf("nodejs/release/v22.1.0/x"));
        Assert.Equal(plain with { Lifetime = TimeSpan.Zero }, own);
        Assert.Equal(TimeSpan.Zero, rules.Listings.Lifetime);
        Assert.Equal(TimeSpan.Zero, rules.Absence.Lifetime);
        Assert.Equal(TimeSpan.Zero, rules.ClassOf("anything").Lifetime);
        Assert.Same(rules.Listings, rules.ClassOf(".release-server/catalog/~listing.json"));
    }

    [Theory]
    [InlineData("nodejs/release/v22.1.0/x", "v22.1.0")]
    [InlineData("nodejs/release/v22.1.0/docs/api/x", "v22.1.0")]
    [InlineData("nodejs/release/v1.0.0-rc.1/x", "v1.0.0-rc.1")]
    [InlineData("nodejs/docs/v22.1.0/api/x", "v22.1.0")]
    [InlineData("nodejs/docs/latest/api/x", null)]
    [InlineData("nodejs/release/v22.1.0", null)]
    [InlineData("nodejs/release/node-v0.1.14.tar.gz", null)]
    [InlineData("nodejs/release/latest/x", null)]
    [InlineData("nodejs/release/vNext/x", null)]
    [InlineData("nodejs/release/v/x", null)]
    [InlineData("nodejs/release//x", null)]
    [InlineData("other/v22.1.0/x", null)]
    [InlineData("v22.1.0/x", null)]
    public void ReleaseOf_Key_TheVersionsDirectoryThatItLiesIn(string key, string? expected)
    {
        var rules = new SiteCacheRules(_current, Node, new CacheOptions());

        Assert.Equal(expected, rules.ReleaseOf(key));
    }

    [Theory]
    [InlineData("1.4.2/x", "1.4.2")]
    [InlineData("docs/1.4.2/index.html", "1.4.2")]
    [InlineData("docs/1.x/index.html", null)]
    [InlineData("docs/index.html", null)]
    [InlineData("site/x", null)]
    public void ReleaseOf_VersionsInTheRoot_OnlyWhatIsAVersion(string key, string? expected)
    {
        var channel = new ReleaseChannel("", "{version}", [], [new LinkRule("docs/{name}", "{name}/docs", LinkScope.Version, null, null)]);
        var rules = new SiteCacheRules(_current, Node with { Releases = new ReleaseRules([channel]) }, new CacheOptions());

        Assert.Equal(expected, rules.ReleaseOf(key));
    }
}
