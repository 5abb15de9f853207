using System.Net;
using System.Net.Sockets;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Server;

namespace ReleaseServer.Tests.Conformance;

/// <summary>The site's own contract: which path is answered with what (docs/http-behaviour.md, Paths and routes).</summary>
public sealed class RouteTests(ConformanceServer server)
{
    [Theory]
    [InlineData("/dist/index.json")]
    [InlineData("/download/release/index.json")]
    [InlineData("/dist/v1.0.0/SHASUMS256.txt")]
    [InlineData("/dist/latest/SHASUMS256.txt")]
    [InlineData("/download/release/latest/SHASUMS256.txt")]
    [InlineData("/dist/node-latest.txt")]
    [InlineData("/docs/latest/api/fs.html")]
    [InlineData("/docs/v0.0.1/")]
    [InlineData("/download/docs/latest/api/fs.html")]
    [InlineData("/api/fs.html")]
    [InlineData("/api/")]
    [InlineData("/metrics/summaries/total.json")]
    [InlineData("/llms.txt")]
    [InlineData("/node-config-schema.json")]
    [InlineData("/dist/")]
    [InlineData("/download/")]
    [InlineData("/docs/")]
    [InlineData("/metrics/")]
    public async Task Route_ItsPaths_Served(string target)
    {
        Assert.Equal(200, (await server.GetAsync(target)).Status);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/distx")]
    [InlineData("/distindex.json")]
    [InlineData("/dist../")]
    [InlineData("/downloads")]
    [InlineData("/docsv0.0.1/")]
    [InlineData("/apifs.html")]
    [InlineData("/apis")]
    [InlineData("/metricsx")]
    [InlineData("/llms.txt/")]
    [InlineData("/node-config-schema.json/")]
    [InlineData("/traffic-manager/")]
    [InlineData("/dist/staging")]
    [InlineData("/documentation")]
    [InlineData("/documentation/x")]
    [InlineData("/download/v8.1.1/other")]
    [InlineData("/dist/latest-foo/")]
    [InlineData("/dist/latestx/SHASUMS256.txt")]
    [InlineData("/docs/index.json")]
    public async Task Route_OtherPaths_404(string target)
    {
        Assert.Equal(404, (await server.GetAsync(target)).Status);
    }

    [Fact]
    public async Task TrafficManager_Exactly_204NotCached()
    {
        var response = await server.GetAsync("/traffic-manager?x");

        Assert.Equal(204, response.Status);
        Assert.Equal("private, no-store, max-age=0", response["Cache-Control"]);
    }

    [Theory]
    [InlineData("/api/corepack.html?x=1", 308, "https://github.com/nodejs/corepack#readme")]
    [InlineData("/docs/latest/api/corepack.html", 308, "https://github.com/nodejs/corepack#readme")]
    [InlineData("/download/v8.1.1/node-v8.1.1-headers.tar.gz", 301, "/download/release/v8.1.1/node-v8.1.1-headers.tar.gz")]
    [InlineData("/download/v8.1.1/SHASUMS256.txt?a=b", 301, "/download/release/v8.1.1/SHASUMS256.txt?a=b")]
    [InlineData("/api.html", 301, "/api/")]
    [InlineData("/dist/staging/", 301, "/dist/")]
    [InlineData("/dist/staging/v1.0.0/x%20y?q=%20", 301, "/dist/v1.0.0/x%20y?q=%20")]
    [InlineData("/documentation/api", 302, "/api")]
    [InlineData("/documentation/apix", 302, "/apix")]
    [InlineData("/documentation/api/fs.html", 302, "/api/fs.html")]
    public async Task Redirect_MovedPath_StatusAndLocation(string target, int status, string location)
    {
        var response = await server.GetAsync(target);

        Assert.Equal(status, response.Status);
        Assert.Equal(location, response["Location"]);
        Assert.Equal(ConformanceServer.Success, response["Cache-Control"]);
        Assert.Empty(response.Body);
    }

    [Theory]
    [InlineData("/dist", "/dist/")]
    [InlineData("/dist?x=1&y", "/dist/?x=1&y")]
    [InlineData("/dist?", "/dist/")]
    [InlineData("/dist/v1.0.0", "/dist/v1.0.0/")]
    [InlineData("/dist/latest", "/dist/latest/")]
    [InlineData("/docs/latest/api", "/docs/latest/api/")]
    [InlineData("/api", "/api/")]
    [InlineData("/dist/empty", "/dist/empty/")]
    [InlineData("/dist/odd/sub%20dir%20%3C&%3E", "/dist/odd/sub%20dir%20%3C&%3E/")]
    [InlineData("//dist//v1.0.0", "/dist/v1.0.0/")]
    [InlineData("http://other.example/dist", "/dist/")]
    public async Task Directory_WithoutSlash_301ToThePathAsked(string target, string location)
    {
        var response = await server.GetAsync(target);

        Assert.Equal(301, response.Status);
        Assert.Equal(location, response["Location"]);
    }

    [Fact]
    public async Task Directory_WholeBucketWithoutSlash_301()
    {
        var data = SiteDataLoader.Load(directory: null);
        var route = new AssetRoute { Path = "/all/", Key = "", CacheControl = ConformanceServer.Success };
        var bucket = new InMemoryBucket();
        bucket.Put("x", "x");
        await using var whole = await RunningServer.StartAsync(
            bucket, TestContext.Current.CancellationToken, data with { Routes = new RouteTable([route], []) });

        Assert.Equal("/all/", (await whole.AskAsync("GET", "/all", TestContext.Current.CancellationToken))["Location"]);
        Assert.Equal(200, (await whole.AskAsync("GET", "/all/", TestContext.Current.CancellationToken)).Status);
    }

    [Theory]
    [InlineData("/dist/missing", "File not found\n")]
    [InlineData("/dist/missing/", "Directory not found\n")]
    [InlineData("/metrics/missing/", "Directory not found\n")]
    [InlineData("/missing/", "File not found\n")]
    [InlineData("/dist/v1.0.0/digits.bin/", "Directory not found\n")]
    [InlineData("/dist/%ff/", "File not found\n")]
    public async Task NotFound_Path_PlainTextNoStore(string target, string text)
    {
        var response = await server.GetAsync(target);

        Assert.Equal(404, response.Status);
        Assert.Equal(text, response.Text);
        Assert.StartsWith("text/plain", response["Content-Type"], StringComparison.Ordinal);
        Assert.Equal(ConformanceServer.NoStore, response["Cache-Control"]);
        Assert.Null(response["X-Robots-Tag"]);
    }

    [Fact]
    public async Task NotFound_KeyBeyond1024Bytes_404()
    {
        Assert.Equal(404, (await server.GetAsync("/dist/" + new string('a', 2000))).Status);
        Assert.Equal(404, (await server.GetAsync("/dist/" + new string('a', 2000) + "/")).Status);
    }

    [Theory]
    [InlineData("/live")]
    [InlineData("/ready")]
    [InlineData("/site")]
    [InlineData("/site/reload")]
    [InlineData("/.release-server/generation.json")]
    public async Task AdminPath_PublicAddress_404(string target)
    {
        Assert.Equal(404, (await server.GetAsync(target)).Status);
    }

    [Fact]
    public async Task Localhost_BothLoopbackAddresses_Served()
    {
        using var probe = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        var port = ((IPEndPoint)probe.LocalEndPoint!).Port;
        probe.Dispose();
        await using var local = await RunningServer.StartAsync(
            new InMemoryBucket(),
            TestContext.Current.CancellationToken,
            configure: settings => settings.Server.Urls = [$"http://localhost:{port}"]);

        foreach (var address in (IPAddress[])[IPAddress.Loopback, IPAddress.IPv6Loopback])
        {
            await using var client = await RawClient.ConnectAsync(address, port, TestContext.Current.CancellationToken);
            await client.SendAsync("GET /traffic-manager HTTP/1.1\r\nHost: localhost\r\n\r\n");
            Assert.Equal(204, (await client.ReadResponseAsync("GET")).Status);
        }
    }
}
