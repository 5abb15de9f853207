using ReleaseServer.Testing.Logging;

namespace ReleaseServer.Tests.Faults;

/// <summary>A bucket that does not answer is 503 and never 404: absence must be known to be told.</summary>
public abstract class BucketDownTests(bool hasCache)
{
    [Theory]
    [InlineData("GET", FaultServer.Archive, null)]
    [InlineData("HEAD", FaultServer.Archive, null)]
    [InlineData("GET", "/dist/missing", null)]
    [InlineData("GET", "/dist/v2.0.0", null)]
    [InlineData("GET", "/dist/v2.0.0/", null)]
    [InlineData("HEAD", "/dist/v2.0.0/", null)]
    [InlineData("GET", "/dist/v1.0.0/", null)]
    [InlineData("GET", "/dist/missing/", null)]
    [InlineData("GET", FaultServer.Archive, "If-None-Match: *")]
    [InlineData("GET", FaultServer.Archive, "If-Match: \"x\"")]
    [InlineData("GET", FaultServer.Archive, "Range: bytes=0-4")]
    [InlineData("GET", FaultServer.Archive, "Range: bytes=0-4,8-9")]
    [InlineData("GET", FaultServer.Text, "Accept-Encoding: gzip")]
    [InlineData("GET", "/dist/v2.0.0/", "Accept: application/json")]
    public async Task Down_AnyRequestForTheBucket_503ToTryAgain(string method, string target, string? field)
    {
        await using var server = await FaultServer.StartAsync(hasCache);
        server.Bucket.GoDown();

        var response = await server.AskAsync(method, target, field is null ? [] : [field]);

        Assert.Equal(503, response.Status);
        Assert.Equal("10", response["Retry-After"]);
        Assert.Equal("private, no-cache, no-store, max-age=0, must-revalidate", response["Cache-Control"]);
        string[] ofSuccess = ["ETag", "Last-Modified", "Content-Encoding", "Content-Range", "Accept-Ranges"];
        Assert.All(ofSuccess, name => Assert.Null(response[name]));
        Assert.Equal(new AccessLine(method, 503, response.Body.Length), await server.Server.Log.AccessAsync(target));
    }

    [Theory]
    [InlineData("GET", "/traffic-manager", 204)]
    [InlineData("GET", "/api.html", 301)]
    [InlineData("GET", "/nowhere", 404)]
    [InlineData("PUT", FaultServer.Archive, 405)]
    [InlineData("GET", "/dist/%zz", 400)]
    [InlineData("GET", "/dist/.release-server/x/../../../..", 400)]
    public async Task Down_RequestThatNeedsNoBucket_AsEver(string method, string target, int status)
    {
        await using var server = await FaultServer.StartAsync(hasCache);
        server.Bucket.GoDown();

        Assert.Equal(status, (await server.AskAsync(method, target)).Status);
    }

    [Theory]
    [InlineData("/dist/missing")]
    [InlineData("/dist/v2.0.0")]
    [InlineData("/dist/v2.0.0/")]
    [InlineData("/dist/missing/")]
    public async Task ListingsDown_PathThatIsNoFile_503(string target)
    {
        await using var server = await FaultServer.StartAsync(hasCache);
        server.Bucket.GoDown();
        (server.Bucket.OnHead, server.Bucket.OnOpen) = (null, null);

        Assert.Equal(503, (await server.AskAsync("GET", target)).Status);
    }

    [Fact]
    public async Task Listing_BreaksAfterItsFirstRow_503NotAShortListing()
    {
        await using var server = await FaultServer.StartAsync(hasCache);
        server.Bucket.GoDown();
        (server.Bucket.OnHead, server.Bucket.OnOpen, server.Bucket.RowsBeforeFault) = (null, null, 1);

        Assert.Equal(503, (await server.AskAsync("GET", "/dist/")).Status);
    }

    [Theory]
    [InlineData("GET", FaultServer.Archive, null)]
    [InlineData("HEAD", FaultServer.Archive, null)]
    [InlineData("GET", FaultServer.Text, "Accept-Encoding: gzip")]
    [InlineData("GET", "/dist/v2.0.0/", null)]
    [InlineData("GET", "/dist/v2.0.0", null)]
    public async Task ProgrammingError_BeforeTheStart_500NoStore(string method, string target, string? field)
    {
        await using var server = await FaultServer.StartAsync(hasCache);
        server.Bucket.FailAll(static () => new InvalidOperationException("a mistake of ours"));

        var response = await server.AskAsync(method, target, field is null ? [] : [field]);

        Assert.Equal(500, response.Status);
        Assert.Equal("private, no-cache, no-store, max-age=0, must-revalidate", response["Cache-Control"]);
        Assert.DoesNotContain("mistake", response.Text, StringComparison.Ordinal);
        Assert.Equal(500, (await server.Server.Log.AccessAsync(target)).Status);
        Assert.Contains(server.Server.Log.Lines, static line => line.Contains("a mistake of ours", StringComparison.Ordinal));
    }
}

public sealed class BucketDownWithoutCache() : BucketDownTests(hasCache: false)
{
    [Fact]
    public async Task Back_AfterAnOutage_ServedAtOnce()
    {
        await using var server = await FaultServer.StartAsync();
        server.Bucket.GoDown();
        Assert.Equal(503, (await server.AskAsync("GET", FaultServer.Text)).Status);

        server.Bucket.Recover();

        Assert.Equal(200, (await server.AskAsync("GET", FaultServer.Text)).Status);
    }
}

public sealed class BucketDownWithCache() : BucketDownTests(hasCache: true);
