using ReleaseServer.Commands;
using ReleaseServer.Origin;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.S3;
using ReleaseServer.Testing.Server;
using ReleaseServer.Tests.Caching;

namespace ReleaseServer.Tests.Faults;

/// <summary>A body that the bucket breaks off in the middle goes on at the origin where that provably has the same bytes, and else breaks the connection.</summary>
public sealed class OriginRestTests
{
    private const string Name = "v2.0.0/node.tar.gz";
    private const string Target = "/dist/" + Name;
    private const int Length = 3_000_000;
    private const int Sent = 700_000;

    private static readonly byte[] Content = CacheOfTest.Content(Length, seed: 1);
    private static readonly byte[] Other = CacheOfTest.Content(Length, seed: 2);

    private static readonly string TagOfContent = StubObject.Of(Content).EntityTag;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>How it is kept: on disk; nowhere, so that each reader has a read of his own; without a cache nothing is checked, and only tags prove anything.</summary>
    public static TheoryData<string, string, string?> WaysToProve => new()
    {
        { "disk", "\"of-the-origin-alone\"", null },
        { "disk", TagOfContent, null },
        { "no room", "\"of-the-origin-alone\"", null },
        { "no cache", TagOfContent, null },
        { "disk", "\"of-the-origin-alone\"", "Range: bytes=100-2899999" },
        { "no room", TagOfContent, "Range: bytes=100-2899999" },
        { "no cache", TagOfContent, "Range: bytes=100-2899999" },
    };

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(WaysToProve))]
    public async Task Broken_OriginHasTheSameBytes_Whole(string cache, string tag, string? field)
    {
        await using var site = await StartAsync(cache, Content, tag);

        var (status, body) = await AskBrokenAsync(site, field);

        Assert.Equal(field is null ? (200, Length) : (206, 2_899_900), (status, body.Length));
        Assert.True(Content.AsSpan(field is null ? 0 : 100, body.Length).SequenceEqual(body));
        var asked = site.Origin!.Calls[^1];
        Assert.Equal((Target, "identity"), (asked.Target, asked.Fields["Accept-Encoding"]));
        Assert.Matches("^bytes=[0-9]+-(2999999|2899999)$", asked.Fields["Range"]);
        Assert.NotEqual("bytes=0", asked.Fields["Range"].Split('-')[0]);
        Assert.Equal(tag == TagOfContent ? tag : null, asked.Fields.GetValueOrDefault("If-Range"));
        Assert.Empty(site.Told("wrong-bytes"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Broken_WholeFromBoth_IsKept()
    {
        await using var site = await StartAsync("disk", Content, "\"of-the-origin-alone\"");
        await AskBrokenAsync(site, field: null);
        var asked = site.Origin!.Calls.Count;

        var response = await site.TryAskAsync("GET", Target);

        Assert.Equal((200, TagOfContent), (response?.Status, response?["ETag"]));
        Assert.StartsWith("ReleaseServer; hit", response!["Cache-Status"], StringComparison.Ordinal);
        Assert.Equal(Content, response.Body);
        Assert.Equal(asked, site.Origin.Calls.Count);
    }

    /// <summary>Other bytes of the same length, another length, a length that matches and a tag that does not where nothing else is known.</summary>
    public static TheoryData<string, int, string, string?> WaysToDiffer => new()
    {
        { "disk", Length, "\"of-the-origin-alone\"", null },
        { "disk", Length, "\"of-the-origin-alone\"", "Range: bytes=100-2899999" },
        { "no room", Length, "\"of-the-origin-alone\"", null },
        { "disk", Length - 1, "\"of-the-origin-alone\"", null },
        { "no room", Length, "\"of-the-origin-alone\"", "Range: bytes=100-2899999" },
        { "no cache", Length, "\"of-the-origin-alone\"", null },
        { "no cache", Length, "\"of-the-origin-alone\"", "Range: bytes=100-2899999" },
    };

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(WaysToDiffer))]
    public async Task Broken_OriginHasOtherBytes_ConnectionAborted(string cache, int length, string tag, string? field)
    {
        await using var site = await StartAsync(cache, Other[..length], tag);

        await Assert.ThrowsAsync<FramingException>(() => AskBrokenAsync(site, field));

        Assert.Empty(site.Told("wrong-bytes"));
        site.Store.Heal();
        await AwaitTheStoreAsync(site);
        Assert.Equal(Content, (await site.TryAskAsync("GET", Target))?.Body);
    }

    [Fact(Timeout = 60_000)]
    public async Task Broken_PartOfTheBody_NothingOfTheOriginIsShownBeforeItIsProven()
    {
        await using var site = await StartAsync("disk", Other, "\"of-the-origin-alone\"");
        var seen = new List<byte>();

        await Assert.ThrowsAsync<FramingException>(() => AskBrokenAsync(site, "Range: bytes=100-2899999", seen));

        Assert.InRange(seen.Count, 1, Sent);
        Assert.True(Content.AsSpan(100, seen.Count).SequenceEqual(seen.ToArray()));
    }

    [Fact(Timeout = 60_000)]
    public async Task Broken_OriginSwitchedOff_ConnectionAborted()
    {
        await using var site = await StartAsync("disk", Content, TagOfContent, static settings => settings.Origin.Order = OriginOrder.Off);

        await Assert.ThrowsAsync<FramingException>(() => AskBrokenAsync(site, field: null));

        Assert.Empty(site.Origin!.Calls);
    }

    [Fact(Timeout = 60_000)]
    public async Task Broken_OriginBreaksToo_GoesOnThereFromItsOwnTag()
    {
        await using var site = await StartAsync("disk", Content, "\"of-the-origin-alone\"");
        // The first answer is of another tag, and not read.
        site.Origin!.ThenCut(Length).ThenCut(400_000);

        var (_, body) = await AskBrokenAsync(site, field: null);

        Assert.Equal(Content, body);
        Assert.Equal("\"of-the-origin-alone\"", site.Origin.Calls[^1].Fields["If-Range"]);
    }

    private static async Task<MatrixSite> StartAsync(string cache, byte[] ofOrigin, string tag, Action<ServerSettings>? configure = null)
    {
        var site = await MatrixSite.StartAsync(hasOrigin: true, hasCache: cache != "no cache", configure: settings =>
        {
            if (cache == "no room")
            {
                (settings.Cache.DiskBytes, settings.Cache.MemoryBytes) = (0, 1 << 20);
            }

            configure?.Invoke(settings);
        });
        site.Put(Name, Content);
        site.Put("probe", [1]);
        site.Origin!.Put(Target, ofOrigin, "application/gzip", tag);
        return site;
    }

    /// <summary>Asks, and has the store break off once the client has some of the body; from then on it refuses everything.</summary>
    /// <param name="seen">Gets every byte of the body that came.</param>
    private static async Task<(int Status, byte[] Body)> AskBrokenAsync(MatrixSite site, string? field, List<byte>? seen = null)
    {
        seen ??= [];
        var hasSome = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cut = new StubFault { CutAfter = Sent, CutWhen = hasSome.Task };
        var refused = new StubFault { Refuse = true };
        site.Store.Fail(call => hasSome.Task.IsCompleted ? refused : call.Method == "GET" && call.Key.EndsWith(Name, StringComparison.Ordinal) ? cut : null);
        await using var client = await RunningServer.ConnectAsync(site.Server.PublicPort, Token);
        await client.SendAsync($"GET {Target} HTTP/1.1\r\nHost: h\r\n{(field is null ? "" : field + "\r\n")}\r\n");
        var head = await client.ReadHeadAsync();
        var length = int.Parse(head["Content-Length"]!, System.Globalization.CultureInfo.InvariantCulture);
        while (seen.Count < length)
        {
            var some = await client.ReadSomeAsync(length);
            seen.AddRange(some.Span);
            hasSome.TrySetResult();
            if (some.IsEmpty)
            {
                throw new FramingException($"{length} bytes were announced and {seen.Count} came");
            }
        }

        return (head.Status, [.. seen]);
    }

    // Past the breaker, and what is remembered of the failure.
    private static async Task AwaitTheStoreAsync(MatrixSite site)
    {
        while (await site.TryAskAsync("GET", "/dist/probe") is not { Status: 200 } response || response["Cache-Status"]?.Contains("origin", StringComparison.Ordinal) == true)
        {
            site.Clock.Advance(TimeSpan.FromSeconds(6));
        }

        site.Clock.Advance(TimeSpan.FromSeconds(6));
    }
}
