using System.Text;
using ReleaseServer.Buckets;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.S3;
using ReleaseServer.Testing.Server;

namespace ReleaseServer.Tests.Faults;

/// <summary>Whatever the bucket or the origin says when it fails, no client sees a word of it, nor what the server is made of.</summary>
public sealed class NothingLeaksTests
{
    private const string Secret = "s3cr3t-of-the-store";

    private static readonly string[] Targets = ["/dist/x.tar.gz", "/dist/absent", "/dist/v1", "/dist/v1/", "/dist/", "/api/", "/nowhere", "/dist/%zz", "/dist/../.."];

    // Words of S3's XML, of .NET, of the settings.
    private static readonly string[] Telling =
        [Secret, "<Error", "<?xml", "RequestId", "HostId", "Exception", "   at ", "ReleaseServer.", "Amazon", "System.", "stub-bucket", "127.0.0.1"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int> Statuses => [301, 400, 403, 404, 416, 429, 500, 503];

    [Theory]
    [MemberData(nameof(Statuses))]
    public async Task S3Fails_AnyStatus_NothingOfItsXml(int status)
    {
        await using var stub = await S3Stub.StartAsync();
        var options = stub.AddBucket("stub-bucket");
        stub.Fail(new StubFault { Status = status, Code = Secret, Body = $"<?xml version=\"1.0\"?><Error><Code>{Secret}</Code><Message>{Secret}</Message><RequestId>{Secret}</RequestId></Error>", Fields = new Dictionary<string, string?> { ["x-amz-request-id"] = Secret, ["Server"] = Secret } });
        await using var server = await RunningServer.StartAsync(BucketFactory.Create(options, TimeProvider.System), Token);

        await AssertNothingToldAsync(server);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BucketThrows_AnyException_NothingOfIt(bool isMistake)
    {
        var bucket = new FaultyBucket(new InMemoryBucket());
        await using var server = await RunningServer.StartAsync(bucket, Token);
        bucket.FailAll(() => isMistake
            ? new InvalidOperationException(Secret, new IOException(Secret))
            : new BucketUnavailableException(Secret, new IOException(Secret)));

        await AssertNothingToldAsync(server);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(412)]
    [InlineData(416)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task OriginFails_AnyStatus_NothingOfItsPage(int status)
    {
        await using var site = await OriginSite.StartAsync();
        site.Origin.Script = async context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers["X-Secret"] = Secret;
            context.Response.Headers.Server = Secret;
            context.Response.Headers.WWWAuthenticate = Secret;
            context.Response.ContentType = "text/html";
            var page = Encoding.UTF8.GetBytes($"<html>{Secret} System.Exception   at Origin</html>");
            context.Response.ContentLength = page.Length;
            await context.Response.Body.WriteAsync(page, context.RequestAborted);
        };

        await AssertNothingToldAsync(site.Server);
    }

    [Fact]
    public async Task BodyBreaks_InTheMiddle_NothingAppended()
    {
        await using var server = await FaultServer.StartAsync();
        server.Bucket.Body = new BodyScript(100_000) { Fault = static () => new IOException(Secret) };
        await using var client = await server.ConnectAsync();
        await client.SendAsync($"GET {FaultServer.Archive} HTTP/1.1\r\nHost: h\r\n\r\n");

        var (bytes, inOrder) = await client.ReadToEndAsync();

        Assert.False(inOrder);
        AssertTellsNothing(Encoding.Latin1.GetString(bytes));
    }

    [Theory]
    [InlineData("GET /dist/x HTTP/1.1\r\n\r\n")]
    [InlineData("GET /dist/x HTTP/9.9\r\nHost: h\r\n\r\n")]
    [InlineData("garbage\r\n\r\n")]
    [InlineData("GET /dist/x HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n")]
    [InlineData("POST /dist/x HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n")]
    [InlineData("PUT /dist/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")]
    public async Task Request_Faulty_NothingOfTheServer(string request)
    {
        await using var server = await FaultServer.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.SendAsync(request);

        var response = await client.ReadResponseAsync("GET");

        Assert.InRange(response.Status, 400, 505);
        AssertTellsNothing(response);
    }

    [Theory]
    [InlineData("/dist/SHASUMS256.txt", 200)]
    [InlineData("/dist/v2.0.0/", 200)]
    [InlineData("/dist/v1.0.0/", 200)]
    [InlineData("/dist/absent", 404)]
    [InlineData("/nowhere", 404)]
    [InlineData("/dist/%zz", 400)]
    public async Task Answer_WithContent_NoSniffAndNoServerField(string target, int status)
    {
        await using var server = await FaultServer.StartAsync(hasCache: true);

        for (var i = 0; i < 2; i++)
        {
            var response = await server.AskAsync("GET", target);
            Assert.Equal((status, "nosniff", null), (response.Status, response["X-Content-Type-Options"], response["Server"]));
        }
    }

    private static async Task AssertNothingToldAsync(RunningServer server)
    {
        foreach (var target in Targets)
        {
            foreach (string[] fields in new string[][] { [], ["Range: bytes=0-4"], ["If-None-Match: \"x\""], ["Accept: application/json"] })
            {
                AssertTellsNothing(await server.AskAsync("GET", target, Token, fields));
            }
        }
    }

    private static void AssertTellsNothing(RawResponse response)
    {
        Assert.Null(response["Server"]);
        Assert.Null(response["X-Powered-By"]);
        AssertTellsNothing(response + response.Text);
    }

    private static void AssertTellsNothing(string all) =>
        Assert.All(Telling, word => Assert.DoesNotContain(word, all, StringComparison.Ordinal));
}
