using System.Text;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Server;
using ReleaseServer.Tests.Buckets;
using ReleaseServer.Tests.Caching;

[assembly: AssemblyFixture(typeof(ReleaseServer.Tests.Conformance.LargeFileServers))]

namespace ReleaseServer.Tests.Conformance;

/// <summary>Files too large for small rooms of memory are answered the same without a cache, from the bucket, from memory, and from disk after a restart.</summary>
public sealed class LargeFileTests(LargeFileServers servers)
{
    private const string Date = "Thu, 02 Jan 2020 03:04:05 GMT";

    private static readonly string[][] Requests =
    [
        [],
        ["Accept-Encoding: gzip"],
        ["Accept-Encoding: br;q=0.5, gzip;q=0.4"],
        ["Range: bytes=0-4"],
        ["Range: bytes=599990-"],
        ["Range: bytes=-70000"],
        ["Range: bytes=100000-500000"],
        ["Range: bytes=0-0,-1"],
        ["Range: bytes=300000-400000,5-9"],
        ["Range: bytes=1000000-"],
        ["Range: bytes=0-4", "Accept-Encoding: gzip"],
        ["Range: bytes=0-4", "If-Range: {tag}"],
        ["Range: bytes=0-4", "If-Range: \"other\""],
        ["Range: bytes=0-4", "If-Range: " + Date],
        ["If-None-Match: {tag}"],
        ["If-None-Match: W/{tag}"],
        ["If-None-Match: \"other\""],
        ["If-Match: \"other\""],
        ["If-Modified-Since: " + Date],
        ["If-Unmodified-Since: Wed, 01 Jan 2020 03:04:05 GMT"],
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, int> All => [.. new MatrixTheoryData<string, string, int>(
        ["GET", "HEAD"], [LargeFileServers.Binary, LargeFileServers.Text], Enumerable.Range(0, Requests.Length)).Select(static row => row.Data)];

    [Theory]
    [MemberData(nameof(All))]
    public async Task Answer_AnyRequest_SameWhereverItComesFrom(string method, string target, int request)
    {
        var tag = (await servers.Plain.AskAsync("HEAD", target, Token))["ETag"]!.Replace("W/", "", StringComparison.Ordinal);
        var fields = Requests[request].Select(field => field.Replace("{tag}", tag, StringComparison.Ordinal)).ToArray();

        var expected = await servers.Plain.AskAsync(method, target, Token, fields);

        servers.Cold.PurgeAll();
        SameAnswer.Check(expected, await servers.Cold.AskAsync(method, target, Token, fields));
        await AssertSameTwiceAsync(servers.InMemory);
        await AssertSameTwiceAsync(servers.OnDisk);

        async Task AssertSameTwiceAsync(RunningServer server)
        {
            var first = await server.AskAsync(method, target, Token, fields);
            var second = await server.AskAsync(method, target, Token, fields);
            SameAnswer.Check(expected, first);
            SameAnswer.Check(first, second);
            Assert.Equal("ReleaseServer; hit", first["Cache-Status"]);
            Assert.Equal("ReleaseServer; hit", second["Cache-Status"]);
        }
    }
}

/// <summary>Servers of one bucket that differ in what they keep, and where. Nothing in the bucket changes.</summary>
public sealed class LargeFileServers : IAsyncLifetime
{
    public const string Binary = "/dist/v1.0.0/large.bin";
    public const string Text = "/dist/v1.0.0/large.txt";

    private static readonly DateTimeOffset Modified = new(2020, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly ScratchFolder _folder = new();
    private readonly InMemoryBucket _bucket = new();
    private readonly List<RunningServer> _servers = [];

    /// <summary>Without a cache.</summary>
    internal RunningServer Plain => _servers[0];

    /// <summary>With one that is emptied before each request.</summary>
    internal RunningServer Cold => _servers[1];

    /// <summary>Keeps large files in memory.</summary>
    internal RunningServer InMemory => _servers[2];

    /// <summary>Keeps them on disk, where an earlier server has put them.</summary>
    internal RunningServer OnDisk => _servers[3];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        // More than 512 KiB: smaller ones are always kept in memory.
        _bucket.Put("nodejs/release/v1.0.0/large.bin", CacheOfTest.Content(600_000), Modified);
        var lines = string.Concat(Enumerable.Range(0, 30_000).Select(static i => $"line {i:0000000} of it\n"));
        _bucket.Put("nodejs/release/v1.0.0/large.txt", Encoding.ASCII.GetBytes(lines), Modified);
        _servers.Add(await RunningServer.StartAsync(_bucket, Token));
        _servers.Add(await StartAsync("cold"));
        _servers.Add(await StartAsync(""));
        await WarmAsync(InMemory);
        await using (var earlier = await StartAsync("disk"))
        {
            await WarmAsync(earlier);
        }

        _servers.Add(await StartAsync("disk"));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        _folder.Dispose();
    }

    private Task<RunningServer> StartAsync(string path) => RunningServer.StartAsync(_bucket, Token, configure: settings =>
        (settings.Cache.Enabled, settings.Cache.Path) = (true, path.Length == 0 ? "" : _folder.In(path)));

    private static async Task WarmAsync(RunningServer server)
    {
        foreach (var target in new[] { Binary, Text })
        {
            Assert.Equal(200, (await server.AskAsync("GET", target, Token)).Status);
        }
    }
}
