using System.Diagnostics;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Server;

namespace ReleaseServer.Tests.Faults;

/// <summary>Clients that are slow on purpose are dropped, and those that cannot help it get their file. With real sockets, in real time.</summary>
public sealed class SlowClientTests
{
    private const int Length = 64 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("GET /dist/x HT")]
    [InlineData("GET /dist/x HTTP/1.1\r\nHost: h\r\nX-Slow: ")]
    public async Task Head_NeverEnds_Cut(string begin)
    {
        await using var server = await StartAsync();
        await using var client = await RunningServer.ConnectAsync(server.PublicPort, Token);
        await client.SendAsync(begin);

        var (bytes, _) = await client.ReadToEndAsync();

        // Kestrel may say why: 408, and nothing of what was asked for.
        Assert.True(bytes.Length == 0 || bytes.AsSpan().StartsWith("HTTP/1.1 408 "u8), System.Text.Encoding.Latin1.GetString(bytes));
    }

    [Fact]
    public async Task Head_DripsByteByByte_CutAllTheSame()
    {
        await using var server = await StartAsync();
        await using var client = await RunningServer.ConnectAsync(server.PublicPort, Token);
        await client.SendAsync("GET /dist/x HTTP/1.1\r\nHost: h\r\nX-Slow: ");

        using var ended = new CancellationTokenSource();
        var drip = DripAsync(client, ended.Token);
        var (bytes, _) = await client.ReadToEndAsync();
        await ended.CancelAsync();
        await drip;

        Assert.True(bytes.Length == 0 || bytes.AsSpan().StartsWith("HTTP/1.1 408 "u8));
    }

    [Fact]
    public async Task Slowloris_AThousand_GoneAndOthersServedMeanwhile()
    {
        await using var server = await StartAsync();
        var clients = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(async _ =>
        {
            var client = await RunningServer.ConnectAsync(server.PublicPort, Token);
            await client.SendAsync("GET /dist/x HTTP/1.1\r\nHost: h\r\nX-Slow: ");
            return client;
        }));

        Assert.Equal(200, (await server.AskAsync("GET", "/dist/small", Token)).Status);

        // All at the same time: each ends by itself, within the patience of its client.
        await Task.WhenAll(clients.Select(static client => client.ReadToEndAsync()));
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task Body_NeverEnds_AnsweredAndCut()
    {
        await using var server = await StartAsync();
        await using var client = await RunningServer.ConnectAsync(server.PublicPort, Token);
        await client.SendAsync("POST /dist/x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nonly a part");

        var response = await client.ReadResponseAsync("POST");
        await client.ReadToEndAsync();

        Assert.Equal(405, response.Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reader_TakesNothing_Reset(bool lends)
    {
        await using var server = await StartAsync(lends);
        await using var client = await AskAsync(server);

        // Not one byte until the server has given up, which the access log tells.
        Assert.Equal(499, (await server.Log.AccessAsync("/dist/large")).Status);

        var (body, inOrder) = await client.ReadToEndAsync();
        Assert.False(inOrder);
        Assert.InRange(body.Length, 0, Length - 1);
    }

    [Fact]
    public async Task Reader_SlowButFasterThanTheLimit_GetsItAll()
    {
        await using var server = await StartAsync(length: 6 << 20);
        await using var client = await AskAsync(server);

        // Some 300 KB a second for some 20 s, twice the time over which reading is measured, in the face of a limit of 100 KB a second.
        var watch = Stopwatch.StartNew();
        var read = 0L;
        while (read < 6 << 20)
        {
            var some = await client.ReadSomeAsync(16 * 1024);
            Assert.False(some.IsEmpty);
            read += some.Length;
            var ahead = TimeSpan.FromSeconds(read / 300_000.0) - watch.Elapsed;
            if (ahead > TimeSpan.Zero)
            {
                await Task.Delay(ahead, TimeProvider.System, Token);
            }
        }
    }

    private static async Task DripAsync(RawClient client, CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                await client.SendAsync("x");
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The server has cut it.
        }
    }

    private static async Task<RawClient> AskAsync(RunningServer server)
    {
        var client = await RunningServer.ConnectAsync(server.PublicPort, Token, receiveBuffer: 4096);
        await client.SendAsync("GET /dist/large HTTP/1.1\r\nHost: h\r\n\r\n");
        await client.ReadHeadAsync();
        return client;
    }

    private static async Task<RunningServer> StartAsync(bool lends = true, int length = Length)
    {
        var bucket = new InMemoryBucket();
        bucket.Put("nodejs/release/large", new byte[length]);
        bucket.Put("nodejs/release/small", "small");
        return await RunningServer.StartAsync(bucket, Token, configure: settings =>
        {
            settings.Server.RequestHeadersTimeout = TimeSpan.FromSeconds(1);
            settings.Server.KeepAliveTimeout = TimeSpan.FromSeconds(1);
            settings.Server.MinResponseBytesPerSecond = 100_000;
            settings.Server.Lending = lends;
        });
    }
}
