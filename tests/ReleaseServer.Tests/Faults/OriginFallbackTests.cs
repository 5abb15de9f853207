using ReleaseServer.Buckets;
using ReleaseServer.Origin;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Origin;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Faults;

/// <summary>Where the bucket fails the origin answers, and where that fails too the next one, and then nobody: 503.</summary>
public sealed class OriginFallbackTests
{
    private const string NoStore = "private, no-cache, no-store, max-age=0, must-revalidate";

    // Method, path, a field, and the status of the answer.
    private static readonly (string Method, string Target, string Field, int Status)[] Requests =
    [
        ("GET", OriginSite.Archive, "X: x", 200),
        ("HEAD", OriginSite.Archive, "X: x", 200),
        ("GET", OriginSite.Archive, "Range: bytes=1000-1999", 206),
        ("GET", OriginSite.Archive, $"If-None-Match: {OriginSite.Tag}", 304),
        ("GET", OriginSite.Listing, "X: x", 200),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string, int> Asked
    {
        get
        {
            var rows = new TheoryData<string, string, string, int>();
            foreach (var request in Requests)
            {
                rows.Add(request.Method, request.Target, request.Field, request.Status);
            }

            return rows;
        }
    }

    // Hanging is a test of its own: it takes a clock.
    public static TheoryData<string, int> Faults
    {
        get
        {
            var rows = new TheoryData<string, int>();
            foreach (var fault in Enum.GetValues<OriginFault>().Except([OriginFault.None, OriginFault.Hang]))
            {
                for (var request = 0; request < Requests.Length; request++)
                {
                    rows.Add(fault.ToString(), request);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Asked))]
    public async Task BucketDown_AnyRequest_OriginAnswersInOurForm(string method, string target, string field, int status)
    {
        await using var site = await OriginSite.StartAsync();

        var response = await site.AskAsync(method, target, field);

        Assert.Equal(status, response.Status);
        AssertContent(response, method, target, field);
        Assert.Equal("public, max-age=3600, s-maxage=14400", response["Cache-Control"]);
        Assert.Equal($"ReleaseServer; fwd=uri-miss; fwd-status={status}; detail=origin", response["Cache-Status"]);
        string[] ofTheOrigin = ["Set-Cookie", "X-Powered-By", "Server", "Via", "Age"];
        Assert.All(ofTheOrigin, name => Assert.Null(response[name]));
        var call = Assert.Single(site.Origin.Calls);
        Assert.Equal((method, target), (call.Method, call.Target));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task OriginFails_AnyWay_BackupAnswers(string fault, int request)
    {
        var (method, target, field, status) = Requests[request];
        await using var site = await OriginSite.StartAsync(origins: 2);
        site.Origin.Fault = Enum.Parse<OriginFault>(fault);

        var response = await site.AskAsync(method, target, field);

        // A head without its content is all that HEAD wants.
        if (!IsWholeForHead(site.Origin.Fault, method))
        {
            Assert.True(status == response.Status, $"{response}\n{string.Join('\n', site.Server.Log.Lines)}");
            AssertContent(response, method, target, field);
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task AllFail_AnyWay_503OfOurOwn(string fault, int request)
    {
        var (method, target, field, _) = Requests[request];
        await using var site = await OriginSite.StartAsync(origins: 2);
        site.Origins.ForEach(origin => origin.Fault = Enum.Parse<OriginFault>(fault));

        var response = await site.AskAsync(method, target, field);

        if (!IsWholeForHead(site.Origin.Fault, method))
        {
            Assert.Equal((503, "10", NoStore), (response.Status, response["Retry-After"], response["Cache-Control"]));
            Assert.DoesNotContain("internal", response.Text, StringComparison.Ordinal);
            string[] ofContent = ["ETag", "Last-Modified", "Content-Range", "Location", "Accept-Ranges", "Cache-Status"];
            Assert.All(ofContent, name => Assert.Null(response[name]));
        }
    }

    [Theory]
    [MemberData(nameof(Asked))]
    public async Task OriginHangs_AnyRequest_BackupAnswersWhenTimeIsUp(string method, string target, string field, int status)
    {
        var clock = new ManualClock(OriginSite.Modified);
        await using var site = await OriginSite.StartAsync(origins: 2, clock: clock);
        site.Origin.Fault = OriginFault.Hang;

        var asked = site.AskAsync(method, target, field);
        await site.Origin.WaitForCallAsync(Token);
        clock.Advance(TimeSpan.FromSeconds(1));
        var response = await asked;

        Assert.Equal(status, response.Status);
        AssertContent(response, method, target, field);
    }

    [Fact]
    public async Task BucketHasNoSuchFile_404AndTheOriginIsNotAsked()
    {
        await using var site = await OriginSite.StartAsync(isBucketDown: false);
        site.Origin.Put("/dist/only-there", [1]);

        Assert.Equal(404, (await site.AskAsync("GET", "/dist/only-there")).Status);
        Assert.Equal("[\"of the bucket\"]", (await site.AskAsync("GET", OriginSite.Index)).Text);
        Assert.Empty(site.Origin.Calls);
    }

    [Theory]
    [InlineData("/dist/missing", "File not found\n")]
    [InlineData("/dist/missing/", "Directory not found\n")]
    public async Task OriginHasNoSuchFile_404OfOurOwnAndNotKept(string target, string text)
    {
        await using var site = await OriginSite.StartAsync();

        var response = await site.AskAsync("GET", target);

        Assert.Equal((404, text, NoStore), (response.Status, response.Text, response["Cache-Control"]));
        site.Bucket.Recover();
        site.Inner.Put("nodejs/release/missing", "there");
        site.Inner.Put("nodejs/release/missing/x", "there");
        Assert.Equal(200, (await site.AskAsync("GET", target)).Status);
    }

    [Theory]
    [InlineData("If-Match: \"other\"", 412, null)]
    [InlineData("If-Unmodified-Since: Thu, 01 Jan 2026 00:00:00 GMT", 412, null)]
    [InlineData("Range: bytes=9000000-", 416, "bytes */3000000")]
    public async Task ConditionOrRangeFails_AtTheOrigin_RefusedAsHere(string field, int status, string? contentRange)
    {
        await using var site = await OriginSite.StartAsync();

        var response = await site.AskAsync("GET", OriginSite.Archive, field);

        Assert.Equal((status, contentRange, NoStore), (response.Status, response["Content-Range"], response["Cache-Control"]));
    }

    [Theory]
    [InlineData($"If-Range: {OriginSite.Tag}", 206)]
    [InlineData("If-Range: \"other\"", 200)]
    [InlineData($"If-Range: W/{OriginSite.Tag}", 200)]
    [InlineData("If-Range: Wed, 04 Mar 2026 05:06:07 GMT", 206)]
    [InlineData("If-Range: garbage", 200)]
    public async Task IfRange_AtTheOrigin_PartOnlyOfTheSameVersion(string ifRange, int status)
    {
        await using var site = await OriginSite.StartAsync();

        var response = await site.AskAsync("GET", OriginSite.Archive, "Range: bytes=10-19", ifRange);

        Assert.Equal((status, status == 206 ? 10 : OriginSite.ArchiveBytes.Length), (response.Status, response.Body.Length));
    }

    [Theory]
    [InlineData("/dist/v2.0.0", "http://{0}/dist/v2.0.0/", "/dist/v2.0.0/", "public, max-age=3600, s-maxage=14400")]
    [InlineData("/dist/v2.0.0?a=b", "/dist/v2.0.0/?a=b", "/dist/v2.0.0/?a=b", "public, max-age=3600, s-maxage=14400")]
    [InlineData("/dist/v2.0.0", "v2.0.0/", "/dist/v2.0.0/", "public, max-age=3600, s-maxage=14400")]
    [InlineData("/dist/x", "https://elsewhere.example/dist/x", "https://elsewhere.example/dist/x", NoStore)]
    [InlineData("/dist/x", "http://{0}:99/sorry.html", "/sorry.html", NoStore)]
    public async Task OriginRedirects_LocationLeadsPastNobody(string target, string location, string expected, string cacheControl)
    {
        await using var site = await OriginSite.StartAsync();
        site.Origin.Script = context =>
        {
            context.Response.StatusCode = 301;
            context.Response.Headers.Location = location.Replace("{0}", location.Contains(":99", StringComparison.Ordinal) ? context.Request.Host.Host : context.Request.Host.Value, StringComparison.Ordinal);
            return Task.CompletedTask;
        };

        var response = await site.AskAsync("GET", target);

        Assert.Equal((301, expected, cacheControl), (response.Status, response["Location"], response["Cache-Control"]));
    }

    [Fact]
    public async Task NoSiteLoaded_BucketDownAtTheStart_OriginAnswers()
    {
        await using var site = await OriginSite.StartAsync(loadSite: false);

        Assert.Equal(OriginSite.ArchiveBytes, (await site.AskAsync("GET", OriginSite.Archive)).Body);
        Assert.Equal(404, (await site.AskAsync("GET", "/nowhere")).Status);
        Assert.Equal(503, (await site.AdminAsync("GET", "/ready")).Status);
    }

    [Fact]
    public async Task StaleCopyHere_BucketDown_ServedMarkedAndTheOriginIsNotAsked()
    {
        var clock = new ManualClock(OriginSite.Modified);
        await using var site = await OriginSite.StartAsync(hasCache: true, isBucketDown: false, clock: clock);
        await site.AskAsync("GET", OriginSite.Index);
        site.Bucket.GoDown();
        clock.Advance(TimeSpan.FromHours(1));

        var stale = await site.AskAsync("GET", OriginSite.Index);

        Assert.Equal(("[\"of the bucket\"]", "ReleaseServer; hit; detail=stale"), (stale.Text, stale["Cache-Status"]));
        Assert.Empty(site.Origin.Calls);
    }

    [Fact]
    public async Task OriginAnswered_BucketBack_NothingOfTheOriginWasKept()
    {
        var clock = new ManualClock(OriginSite.Modified);
        await using var site = await OriginSite.StartAsync(hasCache: true, clock: clock);
        Assert.Equal("[\"of the origin\"]", (await site.AskAsync("GET", OriginSite.Index)).Text);

        site.Bucket.Recover();
        clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("[\"of the bucket\"]", (await site.AskAsync("GET", OriginSite.Index)).Text);
    }

    [Fact]
    public async Task AccessLog_OriginAnswered_Told()
    {
        await using var site = await OriginSite.StartAsync();

        await site.AskAsync("GET", OriginSite.Index);
        var fromOrigin = await site.Server.Log.AccessAsync(OriginSite.Index);
        site.Bucket.Recover();
        await site.AskAsync("GET", OriginSite.Archive);
        var fromBucket = await site.Server.Log.AccessAsync(OriginSite.Archive);

        Assert.Equal((site.Origin.Address, null), (fromOrigin.Origin, fromBucket.Origin));
    }

    [Fact]
    public async Task NameThatNoObjectCanHave_AnyOrder_NeverAskedFor()
    {
        await using var site = await OriginSite.StartAsync(isBucketDown: false, configure: static origin => origin.Order = OriginOrder.OriginFirst);

        Assert.Equal(404, (await site.AskAsync("GET", "/dist/" + new string('x', 1025))).Status);
        await site.AskAsync("GET", OriginSite.Index);

        Assert.Equal(OriginSite.Index, Assert.Single(site.Origin.Calls).Target);
    }

    [Fact]
    public async Task BucketFailsAtRandom_TenThousandRequests_NoErrorAndNoWrongByte()
    {
        await using var site = await OriginSite.StartAsync(isBucketDown: false);
        var small = OriginSite.Bytes(5_000);
        site.Inner.Put("nodejs/release/small", small);
        site.Origin.Put("/dist/small", small);
        var random = new Random(20);
        site.Bucket.OnOpenKey = _ =>
        {
            lock (random)
            {
                return random.Next(5) == 0 ? new BucketUnavailableException("by chance") : null;
            }
        };

        await Parallel.ForAsync(0, 10, new ParallelOptions { MaxDegreeOfParallelism = 10, CancellationToken = Token }, async (_, _) =>
        {
            await using var client = await site.ConnectAsync();
            for (var i = 0; i < 1_000; i++)
            {
                await client.SendAsync("GET /dist/small HTTP/1.1\r\nHost: h\r\n\r\n");
                var response = await client.ReadResponseAsync("GET");
                Assert.True(response.Status == 200 && small.AsSpan().SequenceEqual(response.Body), $"{response}");
            }
        });

        Assert.InRange(site.Origin.Calls.Count, 1_500, 2_500);
    }

    private static bool IsWholeForHead(OriginFault fault, string method) =>
        method == "HEAD" && fault is (OriginFault.NoLength or OriginFault.HeadOnly or OriginFault.OddLength);

    private static void AssertContent(RawResponse response, string method, string target, string field)
    {
        if (target == OriginSite.Listing)
        {
            Assert.Equal(("<html>Index of /dist/v2.0.0/</html>", "text/html"), (response.Text, response["Content-Type"]));
            return;
        }

        Assert.Equal((OriginSite.Tag, "Wed, 04 Mar 2026 05:06:07 GMT"), (response["ETag"], response["Last-Modified"]));
        if (response.Status == 304)
        {
            return;
        }

        var isPart = field.StartsWith("Range", StringComparison.Ordinal);
        byte[] expected = isPart ? OriginSite.ArchiveBytes[1000..2000] : OriginSite.ArchiveBytes;
        Assert.Equal(("application/gzip", "bytes"), (response["Content-Type"], response["Accept-Ranges"]));
        Assert.Equal(isPart ? "bytes 1000-1999/3000000" : null, response["Content-Range"]);
        Assert.Equal(expected.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), response["Content-Length"]);
        Assert.Equal(method == "HEAD" ? [] : expected, response.Body);
    }
}
