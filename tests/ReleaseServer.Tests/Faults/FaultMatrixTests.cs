using ReleaseServer.Alerting;
using ReleaseServer.Testing.Http;
using ReleaseServer.Tests.Caching;

namespace ReleaseServer.Tests.Faults;

/// <summary>
/// Every fault of a store, met by every kind of request in every state of the cache, all at once: what the client sees, what is alerted, and
/// that all of it is right again when the store is well.
/// </summary>
public abstract class FaultMatrixTests(bool hasOrigin)
{
    private const int Length = 200_000;
    private const int FilesOfAListing = 1_100; // two pages
    private const string OriginListing = "<html>Index of the origin</html>";

    private static readonly byte[] Older = CacheOfTest.Content(Length, seed: 1);
    private static readonly byte[] Newer = CacheOfTest.Content(Length, seed: 2);

    private static readonly TimeSpan Outdated = TimeSpan.FromHours(1);
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(6);

    /// <summary>For a store that is only slow, on a machine that may be busy.</summary>
    private static readonly TimeSpan Unhurried = TimeSpan.FromSeconds(20);

    private static readonly Request[] Requests =
        [.. from state in Enum.GetValues<CacheState>() from kind in Enum.GetValues<RequestKind>() select new Request(state, kind)];

    public static TheoryData<string> Faults => [.. FaultTable.Rows.Keys];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Faults))]
    public async Task Store_FailsAndRecovers_NeverWrongAndRightAgain(string fault)
    {
        var row = FaultTable.Rows[fault];
        await using var site = await StartAsync(row);
        site.Store.Fail(row.Choose);

        // A second time when no failure is remembered any more, with a breaker that is open by then, or half way there.
        for (var round = 0; round < 2; round++)
        {
            var answers = await AskAllAsync(site);
            Assert.All(Requests.Zip(answers), pair => AssertAllowed(pair.First, pair.Second, row));
            site.Clock.Advance(Remembered);
        }

        site.Store.Heal();
        await AwaitRecoveryAsync(site);
        site.Clock.Advance(Outdated);
        foreach (var request in Requests)
        {
            await AssertNewestAsync(site, request);
        }

        AssertAlerts(site, fault, row);
    }

    private static async Task<RawResponse?[]> AskAllAsync(MatrixSite site) =>
        await Task.WhenAll(Requests.Select(request => site.TryAskAsync(request.Method, request.Target, request.Field)));

    private async Task<MatrixSite> StartAsync(TableFault row)
    {
        var site = await MatrixSite.StartAsync(hasOrigin, probeInterval: TimeSpan.FromMilliseconds(200), attemptTimeout: row.IsHarmless ? Unhurried : null);
        site.Put("probe", [1]);
        Array.ForEach(Requests, request => Publish(site, request, Older, files: FilesOfAListing));
        await WarmAsync(site, CacheState.Stale);
        site.Clock.Advance(Outdated);
        await WarmAsync(site, CacheState.Fresh);

        // Another version of each, so that whoever asks whether it changed gets a body.
        Array.ForEach(Requests, request => Publish(site, request, Newer, files: FilesOfAListing + 1));
        foreach (var request in Requests)
        {
            site.Origin?.Put(
                request.Target,
                request.Kind == RequestKind.Listing ? System.Text.Encoding.ASCII.GetBytes(OriginListing) : Newer);
        }

        return site;
    }

    private static void Publish(MatrixSite site, Request request, byte[] content, int files)
    {
        if (request.Kind != RequestKind.Listing)
        {
            site.Put(request.Target["/dist/".Length..], content);
            return;
        }

        for (var i = 0; i < files; i++)
        {
            site.Put($"{request.Target["/dist/".Length..]}{NameOf(i)}", [1]);
        }
    }

    private static async Task WarmAsync(MatrixSite site, CacheState state)
    {
        foreach (var request in Requests.Where(request => request.State == state))
        {
            Assert.Equal(200, (await site.TryAskAsync("GET", request.Target))?.Status);
        }
    }

    private void AssertAllowed(Request request, RawResponse? response, TableFault row)
    {
        var seen = row.Of(request.Kind);
        var shown = $"{request}: {(response is null ? "" : (IsRight(request, response, Newer) ? "newer" : IsRight(request, response, Older) ? "older" : "wrong"))} {response?.ToString() ?? "broken"}";
        if (response is null)
        {
            Assert.True(request.State == CacheState.Cold && seen == Seen.Broken, shown);
            return;
        }

        if (response.Status == 503)
        {
            // Whoever has nothing here and nobody else to ask.
            Assert.True(request.State == CacheState.Cold && !hasOrigin && !row.IsHarmless, shown);
            Assert.Contains("no-store", response["Cache-Control"], StringComparison.Ordinal);
            Assert.NotNull(response["Retry-After"]);
            return;
        }

        if (seen == Seen.Believed && request.State != CacheState.Fresh)
        {
            Assert.Equal(200, response.Status);
            return;
        }

        var status = response["Cache-Status"] ?? "";
        Assert.True(IsRight(request, response, Newer) || (request.State != CacheState.Cold && IsRight(request, response, Older)), shown);
        Assert.True(request.State != CacheState.Fresh || status.StartsWith("ReleaseServer; hit", StringComparison.Ordinal), shown);
        if (request.State == CacheState.Stale && !IsNewest(request, response))
        {
            Assert.True(status.Contains("detail=stale", StringComparison.Ordinal), shown);
            Assert.True(int.Parse(response["Age"]!, System.Globalization.CultureInfo.InvariantCulture) >= Outdated.TotalSeconds, shown);
        }
    }

    // The old one may come once more, while the new one is fetched.
    private static async Task AssertNewestAsync(MatrixSite site, Request request)
    {
        RawResponse? response;
        do
        {
            response = await site.TryAskAsync(request.Method, request.Target, request.Field);
        }
        while (response?["Cache-Status"]?.Contains("detail=stale", StringComparison.Ordinal) == true);

        Assert.True(response is not null && IsNewest(request, response), $"{request}: {response?.ToString() ?? "broken"}");
        Assert.DoesNotContain("detail", response!["Cache-Status"] ?? "", StringComparison.Ordinal);
    }

    private static bool IsNewest(Request request, RawResponse response) =>
        IsRight(request, response, Newer) && (request.Kind != RequestKind.Listing || response.Text.Contains(NameOf(FilesOfAListing), StringComparison.Ordinal));

    private static bool IsRight(Request request, RawResponse response, byte[] content) => request.Kind switch
    {
        RequestKind.File => response.Status == 200 && content.AsSpan().SequenceEqual(response.Body),
        RequestKind.Range => response.Status == 206 && content.AsSpan(1_000, 2_000).SequenceEqual(response.Body),
        RequestKind.Head => response.Status == 200 && response["Content-Length"] == "200000" && (response["ETag"]?.Contains(TagOf(content), StringComparison.Ordinal) == true || IsOfOrigin(response)),
        _ => response.Status == 200 && (IsOfOrigin(response) ? response.Text == OriginListing : IsWhole(response.Text)),
    };

    private static bool IsOfOrigin(RawResponse response) => response["Cache-Status"]?.Contains("detail=origin", StringComparison.Ordinal) == true;

    private static bool IsWhole(string listing)
    {
        for (var i = 0; i < FilesOfAListing; i++)
        {
            if (!listing.Contains(NameOf(i), StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    // The breaker looks whether the store is back, and what failed is remembered for a while.
    private static async Task AwaitRecoveryAsync(MatrixSite site)
    {
        while (await site.TryAskAsync("GET", "/dist/probe") is not { Status: 200 } response || IsOfOrigin(response))
        {
            site.Clock.Advance(Remembered);
        }
    }

    private static void AssertAlerts(MatrixSite site, string fault, TableFault row)
    {
        string[] expected = ["bucket-down", "unanswered", .. fault is "flips bits" or "announces too little" ? ["wrong-bytes"] : Array.Empty<string>()];
        foreach (var kind in AlertKind.All.Select(static kind => kind.Name))
        {
            var told = site.Told(kind);
            var raised = told.Where(line => line.Contains($"Alert {kind}: ", StringComparison.Ordinal)).ToList();
            Assert.True(raised.Count == 0 || expected.Contains(kind), string.Join('\n', raised));
            // A store that answers its probe and fails otherwise goes down again after each.
            var most = row.FailsProbes ? 1 : 4;
            Assert.True(raised.Count <= most, $"{raised.Count} times {kind}, {most} at most\n{string.Join('\n', told)}");
        }
    }

    private static string NameOf(int number) => $"n{number:0000}.txt";

    private static string TagOf(byte[] content) => Testing.S3.StubObject.Of(content).EntityTag;

    private enum CacheState
    {
        Cold,
        Fresh,
        Stale,
    }

    private sealed record Request(CacheState State, RequestKind Kind)
    {
        public string Method => Kind == RequestKind.Head ? "HEAD" : "GET";

        public string Target => Kind == RequestKind.Listing ? $"/dist/{State}/" : $"/dist/{State}-{Kind}.bin";

        public string? Field => Kind == RequestKind.Range ? "Range: bytes=1000-2999" : null;
    }
}

public sealed class FaultMatrixWithoutOrigin() : FaultMatrixTests(hasOrigin: false);

public sealed class FaultMatrixWithOrigin() : FaultMatrixTests(hasOrigin: true);
