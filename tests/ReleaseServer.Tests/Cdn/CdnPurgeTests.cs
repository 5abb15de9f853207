using ReleaseServer.Caching;
using ReleaseServer.Cdn;
using ReleaseServer.Site;
using ReleaseServer.Tests.Site;

namespace ReleaseServer.Tests.Cdn;

public sealed class CdnPurgeTests
{
    private static readonly PublicPaths Paths = new(SiteDataLoader.Load(null), new LinkTable([new Link("nodejs/release/latest", "nodejs/release/v2", true)]));
    private static readonly CdnOptions ByUrl = new() { Kind = CdnKind.Cloudflare, PurgeBy = CdnPurgeBy.Url, PublicUrl = new Uri("https://nodejs.org") };

    [Fact]
    public void Of_Tags_SpelledAsAnswersSpellThem()
    {
        var purge = CdnPurge.Of(PurgeFollowerTests.Purge("key:a b,é", "release:v2"), [], Paths, new CdnOptions(), "why");

        Assert.Equal(["key:a%20b%2C%C3%A9", "release:v2"], purge.Tags);
        Assert.Empty(purge.Urls);
        Assert.Equal("why", purge.Reason);
    }

    [Fact]
    public void Of_KeyByUrl_AllItsAddressesEscaped()
    {
        var purge = CdnPurge.Of(PurgeFollowerTests.Purge("key:nodejs/release/v2/a b"), [], Paths, ByUrl, null);

        Assert.Equal(
            [
                "https://nodejs.org/dist/latest/a%20b", "https://nodejs.org/dist/v2/a%20b",
                "https://nodejs.org/download/release/latest/a%20b", "https://nodejs.org/download/release/v2/a%20b",
            ],
            purge.Urls);
        Assert.Null(purge.Obstacle);
    }

    [Fact]
    public void Of_DirectoryByUrl_ItselfAndTheObjectsThatAreKnown()
    {
        var purge = CdnPurge.Of(PurgeFollowerTests.Purge("dir:metrics/", "dir:.release-server/catalog/metrics/"), ["metrics/x"], Paths, ByUrl, null);

        Assert.Equal(["https://nodejs.org/metrics/", "https://nodejs.org/metrics/x"], purge.Urls);
    }

    [Theory]
    [InlineData("release:v2", "it purges by URL, and release:v2 has none: name paths, or all")]
    [InlineData("class:listing", "it purges by URL, and class:listing has none: name paths, or all")]
    public void Of_TagWithoutAddressesByUrl_Obstacle(string tag, string expected)
    {
        Assert.Equal(expected, CdnPurge.Of(PurgeFollowerTests.Purge(tag), [], Paths, ByUrl, null).Obstacle);
    }

    [Fact]
    public void Of_TooManyByUrl_Obstacle()
    {
        var objects = Enumerable.Range(0, 10_001).Select(i => $"metrics/{i}");

        Assert.NotNull(CdnPurge.Of(PurgeFollowerTests.Purge("dir:metrics/"), objects, Paths, ByUrl, null).Obstacle);
    }

    [Fact]
    public void Of_EverythingByUrl_NoObstacle()
    {
        var purge = CdnPurge.Of(new CachePurge([], All: true, IsHard: true), [], Paths, ByUrl, null);

        Assert.Equal((true, true, null), (purge.All, purge.IsHard, purge.Obstacle));
    }
}
