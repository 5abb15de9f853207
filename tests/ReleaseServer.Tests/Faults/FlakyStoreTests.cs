using System.Globalization;
using ReleaseServer.Tests.Caching;

namespace ReleaseServer.Tests.Faults;

/// <summary>A store that fails one request in five, in any way at all, over ten thousand requests.</summary>
[Collection(nameof(FlakyStoreTests))]
public sealed class FlakyStoreTests
{
    private const int Count = 10_000;
    private const int Clients = 64;
    private const int FilesOfADirectory = 20;
    private const int FilesOfASite = 200;
    private const int ChancePercent = 20;
    private const int LargeFiles = 150;

    // Faults that hang cost a second each, and are as likely as the others.
    private static readonly TableFault[] Faults =
        [.. FaultTable.Rows.Where(static row => row.Key is not ("is slow" or "drips" or "403" or "401" or "400" or "no such bucket" or "a redirect" or "501")).Select(static row => row.Value)];

    // Bytes that are wrong, or announced wrongly, can be seen before they are known to be: such an answer is broken off.
    private static readonly TableFault[] NotWrong =
        [.. Faults.Except([FaultTable.Rows["flips bits"], FaultTable.Rows["announces too little"], FaultTable.Rows["announces too much"]])];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 240_000)]
    public async Task NothingKept_WithOrigin_NoErrorAndNoWrongByte()
    {
        await using var site = await MatrixSite.StartAsync(hasOrigin: true);
        Publish(site, Count);

        Assert.Equal(0, await AskAsync(site, static number => number));
    }

    [Fact(Timeout = 240_000)]
    public async Task NothingKept_WithoutOrigin_AtMostOneErrorInTenThousandAndNoWrongByte()
    {
        await using var site = await MatrixSite.StartAsync(hasOrigin: false);
        Publish(site, Count);

        Assert.InRange(await AskAsync(site, static number => number), 0, Count / 10_000);
        Assert.DoesNotContain("bucket-down", string.Join('\n', site.Server.Log.Lines), StringComparison.Ordinal);
    }

    [Fact(Timeout = 240_000)]
    public async Task AllKeptAndOutdated_WithoutOrigin_NoErrorAndNoWrongByte()
    {
        await using var site = await MatrixSite.StartAsync(hasOrigin: false);
        Publish(site, FilesOfASite);
        for (var number = 0; number < FilesOfASite; number++)
        {
            Assert.True(await IsRightAsync(site, number));
        }

        // Each is asked for anew about every other time.
        Assert.Equal(0, await AskAsync(site, number =>
        {
            site.Clock.Advance(TimeSpan.FromSeconds(30));
            return number % FilesOfASite;
        }));
        Assert.InRange(site.Store.Calls.Count, Count / 10, 2 * Count);
    }

    // Too large to be held until they are whole: what breaks off has been seen, and goes on at the origin, for the store hardly ever has the rest.
    [Fact(Timeout = 240_000)]
    public async Task LargeBodiesBreakOff_WithOrigin_NoErrorAndNoWrongByte()
    {
        await using var site = await MatrixSite.StartAsync(hasOrigin: true);
        for (var number = 0; number < LargeFiles; number++)
        {
            site.Put($"large/{number}.bin", LargeOf(number));
            site.Origin!.Put($"/dist/large/{number}.bin", LargeOf(number));
        }

        var random = new Random(20);
        var late = FaultTable.Rows["reset late in a body"];
        site.Store.Fail(call =>
        {
            var any = NotWrong[random.Next(NotWrong.Length)];
            var isRest = call.Fields.ContainsKey("Range");
            return (isRest, random.Next(10)) switch
            {
                (_, 0) or (false, > 4) => null,
                (false, 1 or 2) => late.Choose(call),
                _ => any.Choose(call),
            };
        });
        await Parallel.ForAsync(0, 2 * LargeFiles, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token }, async (turn, _) =>
        {
            var (number, isRange) = (turn / 2, turn % 2 == 1);
            var response = await site.TryAskAsync("GET", $"/dist/large/{number}.bin", isRange ? "Range: bytes=100000-499999" : null);
            Assert.True(response is not null && response.Status == (isRange ? 206 : 200), $"{turn}: {response?.ToString() ?? "broken"}");
            Assert.True((isRange ? LargeOf(number).AsSpan(100_000, 400_000) : LargeOf(number)).SequenceEqual(response!.Body), $"{turn}: wrong");
        });

        Assert.Contains(site.Origin!.Calls, static call => call.Fields.TryGetValue("Range", out var range) && range.EndsWith("-599999", StringComparison.Ordinal));
    }

    private static byte[] LargeOf(int number) => CacheOfTest.Content(600_000, seed: number);

    private static void Publish(MatrixSite site, int files)
    {
        for (var number = 0; number < files; number++)
        {
            site.Put(NameOf(number), ContentOf(number));
            site.Origin?.Put("/dist/" + NameOf(number), ContentOf(number));
        }

        for (var directory = 0; directory < files / FilesOfADirectory; directory++)
        {
            site.Origin?.Put($"/dist/d{directory:000}/", [.. Enumerable.Range(directory * FilesOfADirectory, FilesOfADirectory).SelectMany(static number => System.Text.Encoding.ASCII.GetBytes(NameOf(number)[5..]))]);
        }
    }

    // How many answers were errors. One that is wrong ends the test.
    private static async Task<int> AskAsync(MatrixSite site, Func<int, int> choose)
    {
        // A seed for each call, by its number: no fault has an influence on those of later calls.
        var random = new Random(20);
        site.Store.Fail(call => random.Next(100) < ChancePercent ? Faults[random.Next(Faults.Length)].Choose(call) : null);
        var next = 0;
        var errors = 0;
        await Parallel.ForAsync(0, Clients, new ParallelOptions { MaxDegreeOfParallelism = Clients, CancellationToken = Token }, async (_, _) =>
        {
            for (var number = Interlocked.Increment(ref next) - 1; number < Count; number = Interlocked.Increment(ref next) - 1)
            {
                if (!await IsRightAsync(site, choose(number)))
                {
                    Interlocked.Increment(ref errors);
                }
            }
        });

        return errors;
    }

    // An answer that is neither right nor 503 ends the test.
    private static async Task<bool> IsRightAsync(MatrixSite site, int number)
    {
        var kind = (RequestKind)(number % 4);
        var name = NameOf(number);
        var response = await site.TryAskAsync(
            kind == RequestKind.Head ? "HEAD" : "GET",
            kind == RequestKind.Listing ? $"/dist/{name[..5]}" : $"/dist/{name}",
            kind == RequestKind.Range ? "Range: bytes=100-299" : null);
        if (response is null or { Status: 503 })
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{kind} {name}: {response?.ToString() ?? "broken"}");
            return false;
        }

        var content = ContentOf(number);
        Assert.True(
            kind switch
            {
                RequestKind.File => response.Status == 200 && content.AsSpan().SequenceEqual(response.Body),
                RequestKind.Range => response.Status == 206 && content.AsSpan(100, 200).SequenceEqual(response.Body),
                RequestKind.Head => response.Status == 200 && response["Content-Length"] == content.Length.ToString(CultureInfo.InvariantCulture),
                _ => response.Status == 200 && HasAll(response.Text, number),
            },
            $"{kind} {name}: {response}");
        return true;
    }

    private static bool HasAll(string listing, int number)
    {
        var first = number / FilesOfADirectory * FilesOfADirectory;
        return Enumerable.Range(first, FilesOfADirectory).All(other => listing.Contains(NameOf(other)[5..], StringComparison.Ordinal));
    }

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"d{number / FilesOfADirectory:000}/f{number:00000}.bin");

    // One in ten is larger than what is sent at once.
    private static byte[] ContentOf(int number) => CacheOfTest.Content(number % 10 == 0 ? 100_000 : 1_000 + (number % 997), seed: number);
}

/// <summary>A try has one second: these run alone, so that no test beside them takes it.</summary>
[CollectionDefinition(nameof(FlakyStoreTests), DisableParallelization = true)]
public sealed class FlakyStore;
