using System.Net;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Logging;

namespace ReleaseServer.Tests.Faults;

/// <summary>A client that leaves is no error: what was read for it is given up at once, and the log says 499.</summary>
public sealed class ClientLeavesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FaultServer.Archive, "X: x")]
    [InlineData(FaultServer.Text, "Accept-Encoding: gzip")]
    [InlineData(FaultServer.Archive, "Range: bytes=1000-7000000")]
    [InlineData(FaultServer.Archive, "Range: bytes=0-1000000,2000000-3000000")]
    public async Task Leaves_WhileTheBucketIsRead_BodyDisposedAnd499(string target, string field)
    {
        await using var server = await FaultServer.StartAsync();
        var script = new BodyScript(100_000) { Holds = true };
        server.Bucket.Body = script;
        await using var client = await server.ConnectAsync();
        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: h\r\n{field}\r\n\r\n");
        await script.Reached;

        client.Leave();

        await script.Disposed;
        Assert.Equal(499, (await server.Server.Log.AccessAsync(target)).Status);
        Assert.DoesNotContain(server.Server.Log.Lines, static line => line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Warning: The answer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Leaves_WhileTheAnswerWaitsForIt_BodyDisposedAnd499()
    {
        await using var server = await FaultServer.StartAsync();
        var script = new BodyScript(FaultServer.ArchiveLength);
        server.Bucket.Body = script;
        await using var client = await server.ConnectAsync();
        await client.SendAsync($"GET {FaultServer.Archive} HTTP/1.1\r\nHost: h\r\n\r\n");
        await client.ReadHeadAsync();

        client.Leave();

        await script.Disposed;
        Assert.Equal(499, (await server.Server.Log.AccessAsync(FaultServer.Archive)).Status);
    }

    [Fact]
    public async Task Leaves_OverHttp2_BodyDisposedAnd499()
    {
        await using var server = await FaultServer.StartAsync();
        var script = new BodyScript(50_000) { Holds = true }; // less than a stream's first window, 64 KB
        server.Bucket.Body = script;
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{server.Server.H2cPort}{FaultServer.Archive}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        await script.Reached;

        response.Dispose();

        await script.Disposed;
        Assert.Equal(499, (await server.Server.Log.AccessAsync(FaultServer.Archive)).Status);
    }

    [Fact]
    public async Task Leaves_WhileItIsCached_499AndReadToTheEndForTheNext()
    {
        await using var server = await FaultServer.StartAsync(hasCache: true);
        var script = new BodyScript(100_000) { Holds = true };
        server.Bucket.Body = script;
        var opens = server.Bucket.Opens;
        await using var client = await server.ConnectAsync();
        await client.SendAsync($"GET {FaultServer.Archive} HTTP/1.1\r\nHost: h\r\n\r\n");
        await script.Reached;

        client.Leave();
        Assert.Equal(499, (await server.Server.Log.AccessAsync(FaultServer.Archive)).Status);
        script.Release();

        Assert.Equal(FaultServer.ArchiveLength, (await server.AskAsync("GET", FaultServer.Archive)).Body.Length);
        Assert.Equal(1, server.Bucket.Opens - opens);
    }

    [Theory]
    [InlineData("GET", "/dist/node.tar.gz", 200, FaultServer.ArchiveLength)]
    [InlineData("HEAD", "/dist/node.tar.gz", 200, 0)]
    [InlineData("GET", "/dist/missing?x=%20y", 404, 15)]
    [InlineData("POST", "/dist/", 405, 19)]
    [InlineData("GET", "/dist/%zz", 400, 17)]
    [InlineData("GET", "/dist", 301, 0)]
    [InlineData("GET", "/traffic-manager", 204, 0)]
    public async Task AccessLog_AnyRequest_OneLineOfWhatTheClientGot(string method, string target, int status, long bytes)
    {
        await using var server = await FaultServer.StartAsync();

        var response = await server.AskAsync(method, target);

        Assert.Equal(status, response.Status);
        Assert.Equal(new AccessLine(method, status, bytes), await server.Server.Log.AccessAsync(target));
        Assert.Equal(1, server.Server.Log.CountAccess(target));
    }
}
