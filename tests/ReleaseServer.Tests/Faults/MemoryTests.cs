using System.Globalization;
using ReleaseServer.Testing.Server;

namespace ReleaseServer.Tests.Faults;

/// <summary>Bodies stream: neither a huge object nor a slow reader makes memory grow.</summary>
/// <remarks><c>RELEASESERVER_TEST_LARGE_BYTES</c> says how many bytes of the 10 GB are read; without it, 300 MB.</remarks>
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests
{
    private const long Length = 10_000_000_000;
    private const long Allowed = 50 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HugeObject_ReadThrough_FlatMemory(bool hasCache)
    {
        var wanted = long.TryParse(Environment.GetEnvironmentVariable("RELEASESERVER_TEST_LARGE_BYTES"), CultureInfo.InvariantCulture, out var asked)
            ? Math.Min(asked, Length)
            : 300_000_000;
        await using var server = await StartAsync(new VirtualBucket("nodejs/huge", Length), hasCache);
        await using var client = await RunningServer.ConnectAsync(server.PublicPort, Token);
        await client.SendAsync("GET /download/huge HTTP/1.1\r\nHost: h\r\n\r\n");
        var head = await client.ReadHeadAsync();
        Assert.Equal(Length.ToString(CultureInfo.InvariantCulture), head["Content-Length"]);

        var read = await ReadAsync(client, wanted / 10);
        var before = Memory();
        var most = before;
        while (read < wanted)
        {
            read += await ReadAsync(client, Math.Min(50_000_000, wanted - read));
            var now = Memory();
            most = (Math.Max(most.Managed, now.Managed), Math.Max(most.Resident, now.Resident));
        }

        Assert.InRange(most.Managed - before.Managed, long.MinValue, Allowed);
        Assert.InRange(most.Resident - before.Resident, long.MinValue, Allowed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SlowReaders_WhoTakeNothing_BucketIsReadNoFurther(bool hasCache)
    {
        var bucket = new VirtualBucket("nodejs/huge", Length);
        await using var server = await StartAsync(bucket, hasCache);
        await using var client = await RunningServer.ConnectAsync(server.PublicPort, Token, receiveBuffer: 64 * 1024);
        await client.SendAsync("GET /download/huge HTTP/1.1\r\nHost: h\r\n\r\n");
        await client.ReadHeadAsync();

        // Each of these takes as long as the server's work on it, so by then the first has gone as far as it can.
        for (var i = 0; i < 20; i++)
        {
            await server.AskAsync("GET", "/download/huge", Token, "Range: bytes=0-99999");
        }

        // What the system and Kestrel hold for one connection is a few megabytes.
        Assert.InRange(bucket.BytesRead, 1, 32 << 20);
    }

    // An object that is larger than the cache passes through it.
    private static Task<RunningServer> StartAsync(VirtualBucket bucket, bool hasCache) => RunningServer.StartAsync(
        bucket, Token, configure: settings => (settings.Cache.Enabled, settings.Cache.Path) = (hasCache, ""));

    private static async Task<long> ReadAsync(Testing.Http.RawClient client, long bytes)
    {
        long read = 0;
        while (read < bytes)
        {
            var some = await client.ReadSomeAsync((int)Math.Min(16 * 1024, bytes - read));
            Assert.False(some.IsEmpty);
            read += some.Length;
        }

        return read;
    }

    // What lives on the managed heap, and all that the process has of the machine's memory.
    private static (long Managed, long Resident) Memory() => (GC.GetTotalMemory(forceFullCollection: true), Environment.WorkingSet);
}

/// <summary>Memory is the whole process's, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
public sealed class MeasuresMemory;
