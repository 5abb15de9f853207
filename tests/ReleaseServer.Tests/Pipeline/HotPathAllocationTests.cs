using ReleaseServer.Shadow;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Pipeline;

/// <summary>What the whole chain allocates for an answer that is ready: budgets as small as they are.</summary>
public sealed class HotPathAllocationTests : IAsyncLifetime
{
    /// <summary>The request's record is one that an earlier request has given back.</summary>
    private const int Nothing = 0;

    /// <summary>The value of <c>Content-Range</c>, the one thing of a part that cannot be made before.</summary>
    private const int Text = 64;

    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 8, 5, 14, 3, 0, TimeSpan.Zero));
    private HotChain? _chain;

    public async ValueTask InitializeAsync() => _chain = await HotChain.StartAsync(await HotChain.NewBucketAsync(_clock), _clock);

    public ValueTask DisposeAsync() => _chain!.DisposeAsync();

    [Theory]
    [InlineData(200, Nothing, "GET", "/dist/v1.0.0/digits.bin")]
    [InlineData(200, Nothing, "GET", "/dist/latest/digits.bin")]
    [InlineData(200, Nothing, "GET", "/dist/latest/digits.bin?query")]
    [InlineData(200, Nothing, "GET", "/dist/v1.0.0/SHASUMS256.txt")]
    [InlineData(200, Nothing, "GET", "/dist/v1.0.0/SHASUMS256.txt", "Accept-Encoding: gzip, deflate, br, zstd")]
    [InlineData(200, Nothing, "GET", "/dist/index.json", "Accept-Encoding: gzip")]
    [InlineData(200, Nothing, "GET", "/dist/v1.0.0/large.bin")]
    [InlineData(200, Nothing, "GET", "/dist/latest/node-v1.0.0-linux-x64.tar.gz")]
    [InlineData(200, Nothing, "GET", "/api/")]
    [InlineData(200, Nothing, "HEAD", "/dist/v1.0.0/digits.bin")]
    [InlineData(200, Nothing, "HEAD", "/dist/v1.0.0/SHASUMS256.txt", "Accept-Encoding: br")]
    [InlineData(200, Nothing, "GET", "/dist/v1.0.0/digits.bin", "If-None-Match: \"other\"")]
    [InlineData(304, Nothing, "GET", "/dist/v1.0.0/digits.bin", "If-None-Match: *")]
    [InlineData(304, Nothing, "GET", "/dist/v1.0.0/digits.bin", "If-Modified-Since: Thu, 02 Jan 2020 03:04:05 GMT")]
    [InlineData(304, Nothing, "HEAD", "/dist/", "If-None-Match: *")]
    [InlineData(206, Text, "GET", "/dist/v1.0.0/digits.bin", "Range: bytes=10-19")]
    [InlineData(206, Text, "GET", "/dist/v1.0.0/digits.bin", "Range: bytes=10-")]
    [InlineData(206, Text, "GET", "/dist/v1.0.0/digits.bin", "Range: bytes=-10")]
    [InlineData(404, Nothing, "GET", "/dist/v1.0.0/missing")]
    [InlineData(404, Nothing, "HEAD", "/dist/missing/")]
    [InlineData(301, Nothing, "GET", "/dist/v1.0.0")]
    [InlineData(301, Nothing, "GET", "/dist/staging/v1.0.0/x")]
    [InlineData(308, Nothing, "GET", "/api/corepack.html")]
    [InlineData(200, Nothing, "GET", "/dist/")]
    [InlineData(200, Nothing, "GET", "/dist/latest/", "Accept-Encoding: gzip, br")]
    [InlineData(200, Nothing, "GET", "/dist/", "Accept: application/json", "Accept-Encoding: gzip")]
    [InlineData(200, Nothing, "HEAD", "/dist/")]
    public Task Answer_Ready_AllocatesNoMoreThan(int status, int bytes, string method, string target, params string[] fields) =>
        CheckAsync(_chain!, status, bytes, method, target, fields);

    [Fact]
    public async Task Answer_ReadyAndNotChosenToBeMirrored_AllocatesNothing()
    {
        var shadow = new ShadowOptions { Url = new Uri("http://127.0.0.1:9"), Share = double.Epsilon };
        await using var chain = await HotChain.StartAsync(await HotChain.NewBucketAsync(_clock), _clock, shadow: shadow);

        await CheckAsync(chain, 200, Nothing, "GET", "/dist/v1.0.0/digits.bin");
    }

    private static async Task CheckAsync(HotChain chain, int status, int bytes, string method, string target, params string[] fields)
    {
        await chain.AskAsync(method, target, fields);
        var reads = chain.Cache.Reads;
        var request = chain.NewRequest(method, target, fields);
        for (var i = 0; i < 100; i++)
        {
            request.Again(); // the JIT, tables of ready strings, and the queue of the access log
        }

        // The least of a few: what a request allocates, each of them does; a table that grows once is none of it.
        var allocated = long.MaxValue;
        for (var i = 0; i < 10; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            request.Again();
            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(status, request.Status);
        Assert.Equal(reads, chain.Cache.Reads);
        Assert.True(allocated <= bytes, $"allocated {allocated} B");
    }
}
