using ReleaseServer.Site;

namespace ReleaseServer.Tests.Site;

/// <summary>The way back from keys to paths, by the embedded routes.</summary>
public sealed class PublicPathsTests
{
    private static readonly SiteData Data = SiteDataLoader.Load(null);

    private static readonly LinkTable Links = new(
    [
        new Link("nodejs/release/latest", "nodejs/release/v26.7.0", true),
        new Link("nodejs/release/node-latest.tar.gz", "nodejs/release/v26.7.0/node-v26.7.0.tar.gz", false),
        new Link("nodejs/docs/v26.7.0", "nodejs/release/v26.7.0/docs", true),
        new Link("nodejs/docs/latest", "nodejs/release/v26.7.0/docs", true),
    ]);

    private static readonly PublicPaths Paths = new(Data, Links);

    [Theory]
    [InlineData("nodejs/release/v20.0.0/x", "/dist/v20.0.0/x /download/release/v20.0.0/x")]
    [InlineData("nodejs/release/v26.7.0/x", "/dist/latest/x /dist/v26.7.0/x /download/release/latest/x /download/release/v26.7.0/x")]
    [InlineData("nodejs/release/v26.7.0/node-v26.7.0.tar.gz",
        "/dist/latest/node-v26.7.0.tar.gz /dist/node-latest.tar.gz /dist/v26.7.0/node-v26.7.0.tar.gz "
        + "/download/release/latest/node-v26.7.0.tar.gz /download/release/node-latest.tar.gz /download/release/v26.7.0/node-v26.7.0.tar.gz")]
    [InlineData("llms.txt", "/llms.txt")]
    [InlineData("elsewhere/x", "")]
    [InlineData(".release-server/generation.json", "")]
    public void Of_Key_EveryPathThatLeadsThere(string key, string expected)
    {
        Assert.Equal(expected, string.Join(' ', Paths.Of(key)));
    }

    [Fact]
    public void Of_KeyBehindARouteIntoALink_ThatRouteToo()
    {
        var paths = Paths.Of("nodejs/release/v26.7.0/docs/api/fs.html");

        Assert.Contains("/api/fs.html", paths);
        Assert.Contains("/docs/latest/api/fs.html", paths);
        Assert.Contains("/docs/v26.7.0/api/fs.html", paths);
        Assert.Contains("/dist/latest/docs/api/fs.html", paths);
    }

    [Fact]
    public void Of_PathsThatAreRedirected_LeftOut()
    {
        // /api/corepack.html and /docs/latest/api/corepack.html lead away; the other names of the page do not.
        var paths = Paths.Of("nodejs/release/v26.7.0/docs/api/corepack.html");

        Assert.DoesNotContain("/api/corepack.html", paths);
        Assert.DoesNotContain("/docs/latest/api/corepack.html", paths);
        Assert.Contains("/docs/v26.7.0/api/corepack.html", paths);
    }

    [Fact]
    public void Of_IndexPage_ItsDirectoryToo()
    {
        Assert.Equal(["/metrics/", "/metrics/index.html"], Paths.Of("metrics/index.html"));
    }

    [Fact]
    public void Of_LinksThatLieBehindLinks_Found()
    {
        var links = new LinkTable([new Link("a/x", "b", true), new Link("c", "a", true)]);
        var site = new PublicPaths(LoadedSiteData("""{ "format": 1, "routes": [ { "path": "/", "key": "" } ] }"""), links);

        Assert.Equal(["/a/x/f", "/b/f", "/c/x/f"], site.Of("b/f"));
    }

    [Fact]
    public void Of_KeyThatAnEarlierRouteTakes_OnlyThePathsThatReachIt()
    {
        var site = new PublicPaths(
            LoadedSiteData("""{ "format": 1, "routes": [ { "path": "/docs/", "key": "d/" }, { "path": "/", "key": "" } ] }"""), LinkTable.Empty);

        Assert.Empty(site.Of("docs/x"));
        Assert.Equal(["/d/x", "/docs/x"], site.Of("d/x"));
    }

    [Fact]
    public void OfDirectory_Version_UnderAllItsNames()
    {
        var paths = Paths.OfDirectory("nodejs/release/v26.7.0/");

        Assert.Equal(
            [
                "/api/", "/dist/latest/", "/dist/node-latest.tar.gz", "/dist/v26.7.0/", "/docs/latest/", "/docs/v26.7.0/", "/download/docs/latest/",
                "/download/docs/v26.7.0/", "/download/release/latest/", "/download/release/node-latest.tar.gz", "/download/release/v26.7.0/",
            ],
            paths);
    }

    [Fact]
    public void OfDirectory_AboveRoutes_TheRoutesInIt()
    {
        var paths = Paths.OfDirectory("nodejs/");

        Assert.Contains("/download/", paths);
        Assert.Contains("/dist/", paths);
        Assert.Contains("/api/", paths);
        Assert.DoesNotContain("/metrics/", paths);
    }

    [Fact]
    public void OfDirectory_Root_EveryRouteWithContent()
    {
        var paths = Paths.OfDirectory("");

        Assert.Contains("/dist/", paths);
        Assert.Contains("/llms.txt", paths);
        Assert.DoesNotContain("/traffic-manager", paths);
    }

    private static SiteData LoadedSiteData(string routes)
    {
        using var folder = new Buckets.ScratchFolder();
        folder.Write("routes.json", routes);
        return SiteDataLoader.Load(folder.Path);
    }
}
