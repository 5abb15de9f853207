using System.Globalization;
using ReleaseServer.Buckets;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Faults;

/// <summary>What was fetched once is answered while the bucket is away; what was not is 503.</summary>
public sealed class CacheWhenBucketFailsTests
{
    private const int MostTries = 20;

    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 8, 5, 14, 3, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("GET", FaultServer.Archive, 200, null)]
    [InlineData("HEAD", FaultServer.Archive, 200, null)]
    [InlineData("GET", FaultServer.Text, 200, null)]
    [InlineData("GET", FaultServer.Text, 200, "Accept-Encoding: gzip")]
    [InlineData("GET", FaultServer.Text, 200, "Accept-Encoding: br")]
    [InlineData("GET", FaultServer.Archive, 206, "Range: bytes=1000-7000000")]
    [InlineData("GET", FaultServer.Archive, 206, "Range: bytes=0-4,8-9")]
    [InlineData("GET", FaultServer.Archive, 304, "If-None-Match: *")]
    [InlineData("GET", "/dist/v1.0.0/", 200, null)]
    public async Task Down_FetchedBefore_HitFreshAndStale(string method, string target, int status, string? field)
    {
        await using var server = await FaultServer.StartAsync(hasCache: true, _clock);
        string[] fields = field is null ? [] : [field];
        var whole = await server.AskAsync("GET", target);
        server.Bucket.GoDown();

        var fresh = await server.AskAsync(method, target, fields);
        _clock.Advance(TimeSpan.FromHours(1));
        var stale = await server.AskAsync(method, target, fields);

        Assert.Equal(200, whole.Status);
        AssertHit(fresh, status);
        AssertHit(stale, status);
        Assert.Equal(fresh.Body.Length, stale.Body.Length);
    }

    [Fact]
    public async Task Down_ListingFetchedBefore_Answered()
    {
        await using var server = await FaultServer.StartAsync(hasCache: true, _clock);
        var before = await server.AskAsync("GET", "/dist/v2.0.0/");
        server.Bucket.GoDown();

        AssertHit(await server.AskAsync("GET", "/dist/v2.0.0/"), 200);
        _clock.Advance(TimeSpan.FromHours(1));
        var after = await server.AskAsync("GET", "/dist/v2.0.0/");

        Assert.Equal((200, before.Text), (after.Status, after.Text));
    }

    [Theory]
    [InlineData("/dist/v2.0.0/x")]
    [InlineData("/dist/v2.0.0/")]
    [InlineData("/dist/missing")]
    public async Task Down_OtherPathFetchedBefore_503(string target)
    {
        await using var server = await FaultServer.StartAsync(hasCache: true, _clock);
        await server.AskAsync("GET", FaultServer.Text);
        server.Bucket.GoDown();

        var response = await server.AskAsync("GET", target);

        Assert.Equal(503, response.Status);
        Assert.NotNull(response["Retry-After"]);
    }

    [Fact]
    public async Task Back_AfterAnOutage_ServedASecondLater()
    {
        await using var server = await FaultServer.StartAsync(hasCache: true, _clock);
        server.Bucket.GoDown();
        Assert.Equal(503, (await server.AskAsync("GET", FaultServer.Text)).Status);

        server.Bucket.Recover();
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(200, (await server.AskAsync("GET", FaultServer.Text)).Status);
    }

    [Theory]
    [InlineData(FaultServer.Archive, "X: x")]
    [InlineData(FaultServer.Text, "X: x")]
    [InlineData(FaultServer.Archive, "Range: bytes=1000-7000000")]
    [InlineData(FaultServer.Archive, "Range: bytes=0-1000000,2000000-3000000")]
    public async Task Break_AfterTheStart_ConnectionAbortedAndFetchedAnew(string target, string field)
    {
        await using var server = await FaultServer.StartAsync(hasCache: true, _clock);
        var script = new BodyScript(700_000) { Holds = true, Fault = static () => new BucketUnavailableException("the store broke off") };
        server.Bucket.Body = script;
        await using var client = await server.ConnectAsync();
        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: h\r\n{field}\r\n\r\n");
        var head = await client.ReadHeadAsync();

        script.Release();

        var (bytes, _) = await client.ReadToEndAsync();
        Assert.InRange(head.Status, 200, 206);
        Assert.InRange(bytes.Length, 0, int.Parse(head["Content-Length"]!, CultureInfo.InvariantCulture) - 1);
        await AssertFetchedAnewAsync(server, target);
    }

    // It is coded on its way: some of it may have been sent when the bucket breaks off.
    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Break_WhileCoded_NeverWholeAndFetchedAnew(string coding)
    {
        await using var server = await FaultServer.StartAsync(hasCache: true, _clock);
        server.Bucket.Body = new BodyScript(700_000) { Fault = static () => new BucketUnavailableException("the store broke off") };
        await using var client = await server.ConnectAsync();
        await client.SendAsync($"GET {FaultServer.Text} HTTP/1.1\r\nHost: h\r\nAccept-Encoding: {coding}\r\n\r\n");

        RawResponse? response = null;
        var broken = await Record.ExceptionAsync(async () => response = await client.ReadResponseAsync("GET"));

        Assert.True(broken is FramingException || response is { Status: 503 }, $"{response}");
        await AssertFetchedAnewAsync(server, FaultServer.Text);
    }

    // The failure is remembered for a second, from a moment that may be a little later than its answer.
    private async Task AssertFetchedAnewAsync(FaultServer server, string target)
    {
        server.Bucket.Recover();
        RawResponse response;
        var tries = 0;
        do
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            response = await server.AskAsync("GET", target);
        }
        while (response.Status == 503 && ++tries < MostTries);
        Assert.Equal(200, response.Status);
        Assert.StartsWith("ReleaseServer; fwd=uri-miss", response["Cache-Status"], StringComparison.Ordinal);
    }

    private static void AssertHit(RawResponse response, int status)
    {
        Assert.Equal(status, response.Status);
        Assert.Matches("^ReleaseServer; hit(; detail=stale)?$", response["Cache-Status"]);
    }
}
