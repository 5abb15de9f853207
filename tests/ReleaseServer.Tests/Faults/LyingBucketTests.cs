using System.Globalization;
using System.IO.Compression;
using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Server;
using ReleaseServer.Testing.Time;
using ReleaseServer.Tests.Buckets;
using ReleaseServer.Tests.Caching;

namespace ReleaseServer.Tests.Faults;

/// <summary>A bucket that sends other bytes than it says: no client gets them as a whole file, and none gets them later.</summary>
public sealed class LyingBucketTests : IDisposable
{
    private const int MostTries = 50;
    private const string Gzip = "Accept-Encoding: gzip";

    /// <summary>Kept in memory, or on disk where there is one.</summary>
    private const int Large = 600_000;

    /// <summary>Kept on disk, or nowhere.</summary>
    private const int Larger = 3_000_000;

    // What a client asks for, one after the other, each of a file of its own.
    private static readonly (string Name, (string Method, string[] Fields)[] Requests)[] Visits =
    [
        ("whole", [("GET", [])]),
        ("coded", [("GET", [Gzip])]),
        ("part", [("GET", ["Range: bytes=100-599"]), ("GET", [])]),
        ("end", [("GET", ["Range: bytes=-400"]), ("GET", [Gzip])]),
        ("head", [("HEAD", []), ("GET", [])]),
        ("head-part", [("HEAD", []), ("GET", ["Range: bytes=100-599"]), ("GET", [])]),
    ];

    private readonly ScratchFolder _folder = new();
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 8, 5, 14, 3, 0, TimeSpan.Zero));

    /// <summary>Each lie about each kind of object, with a disk and, where that matters, without.</summary>
    public static TheoryData<Lie, int, bool> Lies =>
    [
        .. new MatrixTheoryData<Lie, int, bool>([.. Enum.GetValues<Lie>().Except([Lie.None])], [1_000, 65_536, 280_859, Large, Larger], [true]).Select(static row => row.Data),
        .. new MatrixTheoryData<Lie, int, bool>([.. Enum.GetValues<Lie>().Except([Lie.None])], [Large, Larger], [false]).Select(static row => row.Data),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task Get_BucketLies_NeverWholeAndWrongNowOrLater(Lie lie, int length, bool hasDisk)
    {
        var bucket = new InMemoryBucket(_clock);
        var probe = new ProbedBucket(bucket) { Lie = lie };
        var content = CacheOfTest.Content(length);
        foreach (var (name, _) in Visits)
        {
            bucket.Put($"nodejs/release/v1.0.0/{name}.txt", content);
            probe.Describe($"nodejs/release/v1.0.0/{name}.txt", content);
        }

        await using var server = await StartAsync(probe, hasDisk);
        foreach (var (name, requests) in Visits)
        {
            foreach (var (method, fields) in requests)
            {
                AssertNotWholeAndWrong(content, method, await TryAsync(server, method, name, fields));
            }
        }

        probe.Lie = Lie.None;
        foreach (var (name, _) in Visits)
        {
            var whole = await GetWhenHonestAsync(server, name, content);
            Assert.Equal(content.Length.ToString(CultureInfo.InvariantCulture), whole["Content-Length"]);
            AssertNotWholeAndWrong(content, "GET", await server.AskAsync("GET", Target(name), Token, Gzip));
            var part = await server.AskAsync("GET", Target(name), Token, "Range: bytes=100-599");
            Assert.True(content.AsSpan(100, 500).SequenceEqual(part.Body));
            var head = await server.AskAsync("HEAD", Target(name), Token);
            Assert.Equal(whole["Content-Length"], head["Content-Length"]);
        }
    }

    private static string Target(string name) => $"/dist/v1.0.0/{name}.txt";

    private Task<RunningServer> StartAsync(ProbedBucket bucket, bool hasDisk) => RunningServer.StartAsync(
        bucket,
        Token,
        configure: settings => (settings.Cache.Enabled, settings.Cache.MemoryBytes, settings.Cache.Path) = (true, 16 << 20, hasDisk ? _folder.In("cache") : ""),
        replace: services => services.AddSingleton<TimeProvider>(_clock));

    // What was begun before is still on its way for a moment, and a failure is remembered for a second.
    private async Task<RawResponse> GetWhenHonestAsync(RunningServer server, string name, byte[] content)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            var response = await TryAsync(server, "GET", name);
            AssertNotWholeAndWrong(content, "GET", response);
            if (response is { Status: 200 })
            {
                return response;
            }
        }

        throw new TimeoutException($"{name} does not come though the bucket is honest again");
    }

    /// <returns>Null where the server broke off.</returns>
    private static async Task<RawResponse?> TryAsync(RunningServer server, string method, string name, params string[] fields)
    {
        try
        {
            return await server.AskAsync(method, Target(name), Token, fields);
        }
        catch (FramingException)
        {
            return null;
        }
    }

    private static void AssertNotWholeAndWrong(byte[] content, string method, RawResponse? response)
    {
        Assert.True(response is null or { Status: 200 or 206 or 416 or >= 500 }, $"{response}");
        if (response is { Status: 200 } && method == "GET")
        {
            Assert.True(content.AsSpan().SequenceEqual(Decode(response)), $"A whole answer with wrong bytes: {response}");
        }
    }

    private static byte[] Decode(RawResponse response)
    {
        if (response["Content-Encoding"] is not "gzip")
        {
            return response.Body;
        }

        using var decoder = new GZipStream(new MemoryStream(response.Body), CompressionMode.Decompress);
        using var decoded = new MemoryStream();
        decoder.CopyTo(decoded);
        return decoded.ToArray();
    }
}
