using System.Diagnostics;
using System.Globalization;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Testing.S3;

namespace ReleaseServer.Tests.Buckets;

/// <summary>Measures memory, and so runs while nothing else does.</summary>
[CollectionDefinition(nameof(S3LargeObjectTests), DisableParallelization = true)]
public sealed class S3LargeObjectsAlone;

[Collection(nameof(S3LargeObjectTests))]
public sealed class S3LargeObjectTests : IAsyncLifetime
{
    // More than 32 bits can count, and a few seconds of a run.
    private const long DefaultLength = 5_000_000_000;
    private const long MaxGrowth = 50_000_000;

    private static readonly AssetKey Big = AssetKey.TryCreate("big", out var key) ? key : default;

    private S3Stub _stub = null!;
    private S3Bucket _bucket = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static long Length =>
        long.TryParse(Environment.GetEnvironmentVariable("RELEASESERVER_TEST_LARGE_BYTES"), CultureInfo.InvariantCulture, out var length)
            ? length
            : DefaultLength;

    public async ValueTask InitializeAsync()
    {
        _stub = await S3Stub.StartAsync();
        _bucket = new S3Bucket(_stub.AddBucket("large"));
        _stub.Put("large", "big", StubObject.Virtual(Length));
    }

    public async ValueTask DisposeAsync()
    {
        _bucket.Dispose();
        await _stub.DisposeAsync();
    }

    [Fact]
    public async Task Read_LargeObject_AllBytesInFlatMemory()
    {
        var buffer = new byte[64 * 1024];
        await ReadAsync(new ByteRange(0, 10_000_000), buffer); // connections, buffers and the JIT
        var (heap, resident) = Memory();
        var clock = Stopwatch.StartNew();

        var (read, growth) = await ReadAsync(new ByteRange(0, Length - 1), buffer, heap, resident);

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{read} bytes in {clock.Elapsed.TotalSeconds:0.0} s; memory grew by {growth.Heap} bytes of heap, {growth.Resident} resident");
        Assert.Equal(Length, read);
        Assert.InRange(growth.Heap, long.MinValue, MaxGrowth);
        Assert.InRange(growth.Resident, long.MinValue, MaxGrowth);
    }

    [Fact]
    public async Task Dispose_BeforeTheEnd_ClosesTheConnectionWithoutReadingOn()
    {
        var opened = await _bucket.OpenAsync(Big, null, null, Token);
        await opened!.Body.ReadExactlyAsync(new byte[1000], Token);

        await opened.DisposeAsync();

        await _stub.Calls.Single().Aborted.WaitAsync(TimeSpan.FromSeconds(10), Token);
    }

    [Fact]
    public async Task Dispose_MoreReadersThanConnectionsAllBeforeTheEnd_NextOneIsServed()
    {
        var options = _stub.AddBucket("large");
        options.MaxConnections = 2;
        using var bucket = new S3Bucket(options);

        for (var i = 0; i < 10; i++)
        {
            await using var opened = await bucket.OpenAsync(Big, null, null, Token);
            Assert.Equal(1, await opened!.Body.ReadAtLeastAsync(new byte[1], 1, true, Token));
        }

        Assert.NotNull(await bucket.HeadAsync(Big, Token));
    }

    // Collected first: what matters is what is held, not how much garbage the runtime lets lie.
    private static (long Heap, long Resident) Memory()
    {
        var heap = GC.GetTotalMemory(forceFullCollection: true);
        using var process = Process.GetCurrentProcess();
        return (heap, process.WorkingSet64);
    }

    private async Task<(long Read, (long Heap, long Resident) Growth)> ReadAsync(ByteRange range, byte[] buffer, long heap = 0, long resident = 0)
    {
        const long SampleEvery = 100_000_000;
        await using var opened = await _bucket.OpenAsync(Big, range, null, Token);
        var total = 0L;
        var growth = (Heap: long.MinValue, Resident: long.MinValue);
        for (int read; (read = await opened!.Body.ReadAsync(buffer, Token)) > 0; total += read)
        {
            Assert.Equal((byte)((total + read - 1) % 251), buffer[read - 1]);
            if (total / SampleEvery != (total + read) / SampleEvery)
            {
                var now = Memory();
                growth = (Math.Max(growth.Heap, now.Heap - heap), Math.Max(growth.Resident, now.Resident - resident));
            }
        }

        return (total, growth);
    }
}
