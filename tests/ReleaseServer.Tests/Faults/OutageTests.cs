using System.Diagnostics;
using ReleaseServer.Origin;
using ReleaseServer.Testing.Origin;
using ReleaseServer.Testing.S3;
using ReleaseServer.Tests.Caching;

namespace ReleaseServer.Tests.Faults;

/// <summary>A store that is down altogether, over sockets, with every default of the settings: what clients see, what it is asked, how soon it is back.</summary>
[Collection(nameof(FlakyStoreTests))]
public sealed class OutageTests
{
    private const int Names = 300;

    private static readonly byte[] Content = CacheOfTest.Content(5_000);

    private static readonly Dictionary<string, Func<StubFault>> Outages = new()
    {
        ["closes"] = static () => new StubFault { Refuse = true },
        ["hangs"] = static () => new StubFault { HoldUntil = new TaskCompletionSource().Task },
        ["503"] = static () => new StubFault { Status = 503, Code = "SlowDown" },
    };

    public static TheoryData<string> OutageNames => [.. Outages.Keys];

    [Theory(Timeout = 240_000)]
    [MemberData(nameof(OutageNames))]
    public async Task Outage_WithOrigin_NoErrorAndTheStoreIsSpared(string outage)
    {
        await using var site = await StartAsync();
        site.Store.Fail(Outages[outage]());

        var (requests, before) = (0, site.Store.Calls.Count);
        while (site.Told("bucket-down").Count == 0 || requests < Names)
        {
            await AssertRightAsync(site, requests++);
        }

        // A dozen reads without an answer are tried again whatever they are in proportion to.
        Assert.InRange(site.Store.Calls.Count - before, 1, (int)(1.1 * requests) + 24);
        var (probes, watch) = (site.Store.Calls.Count, Stopwatch.StartNew());
        while (watch.Elapsed < TimeSpan.FromSeconds(2))
        {
            await AssertRightAsync(site, requests++);
        }

        Assert.InRange(site.Store.Calls.Count - probes, 0, (int)watch.Elapsed.TotalSeconds + 1);

        site.Store.Heal();
        watch.Restart();
        while (site.Told("bucket-down").Count < 2)
        {
            await AssertRightAsync(site, requests++);
        }

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        var asked = site.Origin!.Calls.Count;
        site.Put("after.bin", Content);
        Assert.Equal(Content, (await site.TryAskAsync("GET", "/dist/after.bin"))?.Body);
        Assert.Equal(asked, site.Origin.Calls.Count);
        Assert.Single(site.Told("bucket-down"), static line => line.Contains("Alert bucket-down: ", StringComparison.Ordinal));
    }

    [Theory(Timeout = 240_000)]
    [MemberData(nameof(OutageNames))]
    public async Task Outage_OriginDownToo_StaleIfKeptElse503InTime(string outage)
    {
        await using var site = await StartAsync(new OriginOptions().AnswerTimeout);
        Assert.Equal(200, (await site.TryAskAsync("GET", PathOf(0)))?.Status);
        site.Clock.Advance(TimeSpan.FromHours(1));
        site.Store.Fail(Outages[outage]());
        site.Origin!.Fault = outage == "hangs" ? OriginFault.Hang : OriginFault.Refuse;
        site.Origin.IsHealthy = false;

        var number = 1;
        while (site.Told("bucket-down").Count == 0 || site.Told("origin-down").Count == 0)
        {
            // 3 s are promised of a machine that is not busy with other things; what it took is in the output.
            await AssertRefusedAsync(site, number++, TimeSpan.FromSeconds(6));
        }

        for (var i = 0; i < 20; i++)
        {
            await AssertRefusedAsync(site, number++, TimeSpan.FromSeconds(1));
            var kept = await site.TryAskAsync("GET", PathOf(0));
            Assert.Equal((200, "ReleaseServer; hit; detail=stale"), (kept?.Status, kept?["Cache-Status"]));
            Assert.Equal(Content, kept?.Body);
        }
    }

    [Fact(Timeout = 240_000)]
    public async Task AbsentNames_Probed_OneRequestEachAndNoAlert()
    {
        await using var site = await StartAsync();
        await site.TryAskAsync("GET", PathOf(0));
        var before = site.Store.Calls.Count;

        for (var number = 0; number < Names; number++)
        {
            Assert.Equal(404, (await site.TryAskAsync("GET", $"/dist/absent-{number}.bin"))?.Status);
        }

        // One more for each directory above them.
        Assert.InRange(site.Store.Calls.Count - before, 1, Names + 3);
        Assert.All(
            site.Store.Calls.Skip(before).Where(static call => call.Key.Contains("absent-", StringComparison.Ordinal)).GroupBy(static call => call.Key),
            static calls => Assert.Single(calls));
        Assert.Empty(site.Origin!.Calls);
        Assert.DoesNotContain(site.Server.Log.Lines, static line => line.Contains(": Alert ", StringComparison.Ordinal));
    }

    private static async Task<MatrixSite> StartAsync(TimeSpan? originTimeout = null)
    {
        var site = await MatrixSite.StartAsync(hasOrigin: true, originTimeout: originTimeout);
        for (var number = 0; number < Names; number++)
        {
            site.Put(PathOf(number)["/dist/".Length..], Content);
            site.Origin!.Put(PathOf(number), Content);
        }

        return site;
    }

    private static async Task AssertRightAsync(MatrixSite site, int number)
    {
        var response = await site.TryAskAsync("GET", PathOf(number));
        Assert.True(response is { Status: 200 } && Content.AsSpan().SequenceEqual(response.Body), response?.ToString() ?? "broken");
    }

    private static async Task AssertRefusedAsync(MatrixSite site, int number, TimeSpan longest)
    {
        var watch = Stopwatch.StartNew();
        var response = await site.TryAskAsync("GET", $"/dist/never-{number}.bin");
        TestContext.Current.TestOutputHelper?.WriteLine($"{number}: {watch.Elapsed.TotalMilliseconds:0} ms");
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, longest);
        Assert.True(response?.Status == 503, $"{response}\n{string.Join('\n', site.Server.Log.Lines.TakeLast(20))}");
        Assert.Contains("no-store", response!["Cache-Control"], StringComparison.Ordinal);
    }

    private static string PathOf(int number) => $"/dist/file-{number % Names}.bin";
}
