using ReleaseServer.Site;

namespace ReleaseServer.Tests.Site;

/// <summary>The embedded routes and redirects: a row here for each row of data.</summary>
public sealed class RouteTableTests
{
    private static readonly SiteData Data = SiteDataLoader.Load(null);

    [Theory]
    [InlineData("/dist", "nodejs/release")]
    [InlineData("/dist/", "nodejs/release/")]
    [InlineData("/dist/v1/x", "nodejs/release/v1/x")]
    [InlineData("/download/", "nodejs/")]
    [InlineData("/download/nightly/", "nodejs/nightly/")]
    [InlineData("/docs/latest/api/", "nodejs/docs/latest/api/")]
    [InlineData("/api", "nodejs/docs/latest/api")]
    [InlineData("/api/fs.html", "nodejs/docs/latest/api/fs.html")]
    [InlineData("/metrics/logs/", "metrics/logs/")]
    [InlineData("/node-config-schema.json", "node-config-schema.json")]
    [InlineData("/llms.txt", "llms.txt")]
    public void Find_KnownPath_ItsKey(string path, string expected)
    {
        var route = Data.Routes.Find(path, out var key);

        Assert.NotNull(route);
        Assert.Equal(expected, key);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/distx")]
    [InlineData("/distindex.json")]
    [InlineData("/downloads")]
    [InlineData("/docsv20.20.2/")]
    [InlineData("/DIST/")]
    [InlineData("/llms.txt/")]
    [InlineData("/traffic-manager/")]
    [InlineData("*")]
    public void Find_UnknownPath_Null(string path)
    {
        Assert.Null(Data.Routes.Find(path, out _));
    }

    [Fact]
    public void Find_TrafficManager_FixedAnswer()
    {
        var route = Data.Routes.Find("/traffic-manager", out _);

        Assert.Equal(204, route?.Status);
        Assert.Equal("private, no-store, max-age=0", route?.CacheControl);
    }

    [Theory]
    [InlineData("/api/corepack.html", "?x", 308, "https://github.com/nodejs/corepack#readme")]
    [InlineData("/docs/latest/api/corepack.html", "", 308, "https://github.com/nodejs/corepack#readme")]
    [InlineData("/download/v8.1.1/node-v8.1.1-headers.tar.gz", "", 301, "/download/release/v8.1.1/node-v8.1.1-headers.tar.gz")]
    [InlineData("/download/v8.1.1/SHASUMS256.txt", "?a=b", 301, "/download/release/v8.1.1/SHASUMS256.txt?a=b")]
    [InlineData("/api.html", "", 301, "/api/")]
    [InlineData("/dist/staging/", "", 301, "/dist/")]
    [InlineData("/dist/staging/a b", "", 301, "/dist/a%20b")]
    [InlineData("/documentation/api", "", 302, "/api")]
    [InlineData("/documentation/apix", "?y", 302, "/apix?y")]
    public void Find_MovedPath_ItsLocation(string path, string query, int status, string expected)
    {
        var redirect = Data.Redirects.Find(path, query, out var location);

        Assert.Equal(status, redirect?.Status);
        Assert.Equal(expected, location);
    }

    [Theory]
    [InlineData("/dist/staging")]
    [InlineData("/documentation")]
    [InlineData("/documentation/")]
    [InlineData("/api/corepack.html/")]
    [InlineData("/docs/v22.0.0/api/corepack.html")]
    [InlineData("/download/v8.1.1/x")]
    public void Find_PathThatStays_Null(string path)
    {
        Assert.Null(Data.Redirects.Find(path, "", out _));
    }

    [Theory]
    [InlineData("a/index.json", "application/json")]
    [InlineData("a/PAGE.HTML", "text/html")]
    [InlineData("node-v1.tar.gz", "application/gzip")]
    [InlineData("node-v1.tar.xz", "application/x-xz")]
    [InlineData("node.pdb", "application/x-pilot")]
    [InlineData("node.exe", "application/octet-stream")]
    [InlineData("a.b/LICENSE", "text/plain")]
    [InlineData("index.tab", "text/plain")]
    [InlineData("trailing.", "text/plain")]
    [InlineData("archive.tgz", "text/plain")]
    public void Of_Key_TypeOfItsExtension(string key, string expected)
    {
        Assert.Equal(expected, Data.MediaTypes.Of(key));
    }

    [Theory]
    [InlineData("text/html; charset=utf-8", true)]
    [InlineData("application/json", true)]
    [InlineData("application/gzip", false)]
    [InlineData("application/octet-stream", false)]
    public void IsCompressible_MediaType_NeverAnArchive(string type, bool expected)
    {
        Assert.Equal(expected, Data.MediaTypes.IsCompressible(type));
    }
}
