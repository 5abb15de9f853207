using ReleaseServer.Alerting;
using ReleaseServer.Origin;
using ReleaseServer.Testing.Origin;
using ReleaseServer.Testing.Server;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Faults;

/// <summary>Nothing goes in circles, and an operator says at any time who is asked first.</summary>
public sealed class OriginLoopAndOrderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Via: 1.1 ReleaseServer")]
    [InlineData("Via: 1.0 fred, HTTP/1.1 releaseserver:80 (a comment)")]
    [InlineData("CDN-Loop: ReleaseServer")]
    [InlineData("CDN-Loop: other.example; a=b, releaseserver; c=\"d\"")]
    public async Task Forwarded_ByThisNameBefore_503AndNotAgain(string field)
    {
        await using var site = await OriginSite.StartAsync();

        var response = await site.AskAsync("GET", OriginSite.Archive, field);

        Assert.Equal((503, "10"), (response.Status, response["Retry-After"]));
        Assert.Empty(site.Origin.Calls);
    }

    [Fact]
    public async Task Forwarded_ByOthersBefore_ForwardedWithOurNameBehind()
    {
        await using var site = await OriginSite.StartAsync();

        await site.AskAsync("GET", OriginSite.Archive, "Via: 1.0 fred, 1.1 ReleaseServers", "CDN-Loop: other.example; a=b");

        var fields = Assert.Single(site.Origin.Calls).Fields;
        Assert.Equal(("1.0 fred, 1.1 ReleaseServers, 1.1 ReleaseServer", "other.example; a=b, ReleaseServer"), (fields["Via"], fields["CDN-Loop"]));
    }

    [Fact]
    public async Task TwoServers_PointingAtEachOtherAndBothBucketsDown_503FromBothOnce()
    {
        var (one, two) = (FreePort(), FreePort());
        await using var first = await OriginSite.StartAsync(origins: 0, publicPort: one, configure: origin => origin.Urls = [$"http://127.0.0.1:{two}"]);
        await using var second = await OriginSite.StartAsync(origins: 0, publicPort: two, configure: origin => origin.Urls = [$"http://127.0.0.1:{one}"]);

        var response = await first.AskAsync("GET", OriginSite.Archive);

        Assert.Equal(503, response.Status);
        Assert.Equal(503, (await second.Server.Log.AccessAsync(OriginSite.Archive)).Status);
        Assert.Equal(503, (await first.Server.Log.AccessAsync(OriginSite.Archive)).Status);
        Assert.Equal((1, 1), (first.Server.Log.CountAccess(OriginSite.Archive), second.Server.Log.CountAccess(OriginSite.Archive)));
    }

    [Fact]
    public async Task OneServer_PointingAtItself_503AfterOneTurn()
    {
        var port = FreePort();
        await using var site = await OriginSite.StartAsync(origins: 0, configure: origin => origin.Urls = [$"http://127.0.0.1:{port}"], publicPort: port);

        var response = await site.AskAsync("GET", OriginSite.Archive);

        Assert.Equal(503, response.Status);
        await site.Server.Log.AccessAsync(OriginSite.Archive);
        Assert.InRange(site.Server.Log.CountAccess(OriginSite.Archive), 1, 2);
    }

    [Fact]
    public async Task OriginFirst_BothAnswer_OriginAnswersPastTheCache()
    {
        await using var site = await OriginSite.StartAsync(isBucketDown: false, configure: static origin => origin.Order = OriginOrder.OriginFirst);

        var response = await site.AskAsync("GET", OriginSite.Index);

        Assert.Equal(("[\"of the origin\"]", "ReleaseServer; fwd=bypass; fwd-status=200; detail=origin"), (response.Text, response["Cache-Status"]));
        Assert.Equal(("*", "Accept-Encoding"), (response["Access-Control-Allow-Origin"], response["Vary"]));
    }

    [Fact]
    public async Task OriginFirst_OriginFails_BucketAnswersAndThenNobody()
    {
        await using var site = await OriginSite.StartAsync(isBucketDown: false, configure: static origin => origin.Order = OriginOrder.OriginFirst);
        site.Origin.Fault = OriginFault.Status500;

        Assert.Equal("[\"of the bucket\"]", (await site.AskAsync("GET", OriginSite.Index)).Text);
        site.Bucket.GoDown();
        Assert.Equal(503, (await site.AskAsync("GET", OriginSite.Index)).Status);

        // Once each, though the bucket failed as well.
        Assert.Equal(2, site.Origin.Calls.Count);
    }

    [Fact]
    public async Task Switch_WhileRequestsRun_HoldsFromTheNextRequestOn()
    {
        await using var site = await OriginSite.StartAsync(isBucketDown: false);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asking = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    Assert.Equal(200, (await site.AskAsync("GET", OriginSite.Index)).Status);
                }
            },
            Token);

        Assert.Equal("[\"of the bucket\"]", (await site.AskAsync("GET", OriginSite.Index)).Text);
        Assert.Equal("origin-first, was bucket-first\n", (await site.AdminAsync("POST", "/origin/order?value=origin-first")).Text);
        Assert.Equal("[\"of the origin\"]", (await site.AskAsync("GET", OriginSite.Index)).Text);
        Assert.Equal("off, was origin-first\n", (await site.AdminAsync("POST", "/origin/order?value=off")).Text);
        Assert.Equal("[\"of the bucket\"]", (await site.AskAsync("GET", OriginSite.Index)).Text);
        await stop.CancelAsync();
        await asking;

        site.Bucket.GoDown();
        Assert.Equal(503, (await site.AskAsync("GET", OriginSite.Index)).Status);
        Assert.Equal(200, (await site.AdminAsync("POST", "/origin/order?value=Bucket-First")).Status);
        Assert.Equal("[\"of the origin\"]", (await site.AskAsync("GET", OriginSite.Index)).Text);
    }

    [Theory]
    [InlineData("?value=origin-first", "X: x", 401)]
    [InlineData("?value=origin-first", "Authorization: Bearer another-token-of-length", 401)]
    [InlineData("?value=first", $"Authorization: Bearer {OriginSite.Token}", 400)]
    [InlineData("", $"Authorization: Bearer {OriginSite.Token}", 400)]
    [InlineData("?value=off&value=off", $"Authorization: Bearer {OriginSite.Token}", 400)]
    [InlineData("?value=off&dryRun=true", $"Authorization: Bearer {OriginSite.Token}", 400)]
    public async Task Switch_BadTokenOrValue_RefusedAndNothingChanged(string query, string authorization, int status)
    {
        await using var site = await OriginSite.StartAsync();

        var response = await site.AdminAsync("POST", "/origin/order" + query, authorization);

        Assert.Equal(status, response.Status);
        Assert.Contains("\"order\": \"bucket-first\"", (await site.AdminAsync("GET", "/origin")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Switch_NoOriginOrNoTokenSet_RefusedNamingTheSetting()
    {
        await using var site = await OriginSite.StartAsync(origins: 0);
        await using var tokenless = await FaultServer.StartAsync();

        var noOrigin = await site.AdminAsync("POST", "/origin/order?value=origin-first");
        await using var client = await RunningServer.ConnectAsync(tokenless.Server.AdminPort, Token);
        await client.SendAsync("POST /origin/order?value=off HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
        var noToken = await client.ReadResponseAsync("POST");

        Assert.Equal(409, noOrigin.Status);
        Assert.Contains("Origin:Urls", noOrigin.Text, StringComparison.Ordinal);
        Assert.Equal(403, noToken.Status);
        Assert.Contains("Admin:Token", noToken.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Breaker_OriginFailsThreeTimes_NotAskedUntilACheckSucceedsAndTold()
    {
        var clock = new ManualClock(OriginSite.Modified);
        await using var site = await OriginSite.StartAsync(clock: clock);
        await site.Origin.WaitForCheckAsync(Token);
        (site.Origin.Fault, site.Origin.IsHealthy) = (OriginFault.Status500, false);
        for (var i = 0; i < OriginHealth.FailuresToOpen; i++)
        {
            await site.AskAsync("GET", OriginSite.Archive);
        }

        (site.Origin.Fault, site.Origin.IsHealthy) = (OriginFault.None, true);
        var meanwhile = await site.AskAsync("GET", OriginSite.Archive);
        var told = await site.AdminAsync("GET", "/origin");
        await AdvanceUntilAsync(clock, async () => (await site.AskAsync("GET", OriginSite.Archive)).Status == 200);

        Assert.Equal((503, OriginHealth.FailuresToOpen), (meanwhile.Status, site.Origin.Calls.Count(call => call.Target == OriginSite.Archive) - 1));
        Assert.Contains("\"breaker\": \"open\"", told.Text, StringComparison.Ordinal);
        Assert.Contains("answered /dist/v2.0.0/node.tar.gz with 500", told.Text, StringComparison.Ordinal);
        Assert.Equal([$"raise origin-down {site.Origin.Address}", $"resolve origin-down {site.Origin.Address}"], site.Alerts.ToldOf(AlertKind.OriginDown));
    }

    [Fact]
    public async Task Breaker_OriginRefusesRequests_StaysClosed()
    {
        await using var site = await OriginSite.StartAsync();
        site.Origin.Fault = OriginFault.Status403;
        for (var i = 0; i < 3 * OriginHealth.FailuresToOpen; i++)
        {
            Assert.Equal(503, (await site.AskAsync("GET", OriginSite.Archive)).Status);
        }

        site.Origin.Fault = OriginFault.None;

        Assert.Equal(200, (await site.AskAsync("GET", OriginSite.Archive)).Status);
        Assert.Empty(site.Alerts.ToldOf(AlertKind.OriginDown));
    }

    private static async Task AdvanceUntilAsync(ManualClock clock, Func<Task<bool>> isDone)
    {
        // The answer to a check comes in real time.
        while (!await isDone())
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        probe.Start();
        return ((System.Net.IPEndPoint)probe.LocalEndpoint).Port;
    }
}
