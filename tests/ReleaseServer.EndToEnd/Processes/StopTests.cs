using System.Diagnostics;
using System.Net.Sockets;
using ReleaseServer.Testing.Http;

namespace ReleaseServer.EndToEnd.Processes;

/// <summary>What clients see of a stop, and how soon the next server is there.</summary>
public sealed class StopTests : IDisposable
{
    private const int Length = 32 << 20;

    private readonly TemporaryDirectory _home = new();

    public StopTests()
    {
        Directory.CreateDirectory(_home["bucket/nodejs/release"]);
        File.WriteAllBytes(_home["bucket/nodejs/release/large"], new byte[Length]);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Terminated_DownloadUnderWay_WholeAndNobodyElseTaken()
    {
        var server = await StartAsync("--Server:DrainTime=20s");
        await using var download = await ConnectAsync(server);
        await using var idle = await ConnectAsync(server);
        await download.SendAsync("GET /dist/large HTTP/1.1\r\nHost: h\r\n\r\n");
        await download.ReadHeadAsync();
        await idle.SendAsync("GET /dist/ HTTP/1.1\r\nHost: h\r\n\r\n");
        await idle.ReadResponseAsync("GET");

        var stopped = server.DisposeAsync(); // SIGTERM; asserts exit code 0
        Assert.True(await idle.IsClosedAsync());
        await Assert.ThrowsAnyAsync<SocketException>(() => ConnectAsync(server));
        var read = 0;
        while (read < Length)
        {
            var some = await download.ReadSomeAsync(16 * 1024);
            Assert.False(some.IsEmpty);
            read += some.Length;
        }

        await stopped;
        Assert.Equal(Length, read);
    }

    [Fact]
    public async Task Terminated_ClientTakesNothing_ResetWhenTheTimeIsOver()
    {
        var server = await StartAsync("--Server:DrainTime=500ms");
        await using var download = await ConnectAsync(server);
        await download.SendAsync("GET /dist/large HTTP/1.1\r\nHost: h\r\n\r\n");
        await download.ReadHeadAsync();

        await server.DisposeAsync();

        var (bytes, inOrder) = await download.ReadToEndAsync();
        Assert.False(inOrder);
        Assert.InRange(bytes.Length, 0, Length - 1);
    }

    [Fact]
    public async Task Restart_WithADownloadUnderWay_ServesAgainWithinFiveSeconds()
    {
        var server = await StartAsync();
        await using var download = await ConnectAsync(server);
        await download.SendAsync("GET /dist/large HTTP/1.1\r\nHost: h\r\n\r\n");
        await download.ReadHeadAsync();

        var watch = Stopwatch.StartNew();
        await server.DisposeAsync();
        await using var next = await StartAsync();
        await using var client = await ConnectAsync(next);
        await client.SendAsync("GET /dist/large HTTP/1.1\r\nHost: h\r\n\r\n");
        var status = (await client.ReadHeadAsync()).Status;
        watch.Stop();

        TestContext.Current.SendDiagnosticMessage("restarted in {0} ms", watch.ElapsedMilliseconds);
        Assert.Equal(200, status);
    }

    private static Task<RawClient> ConnectAsync(ServerProcess server) =>
        RawClient.ConnectAsync(System.Net.IPAddress.Loopback, server.BaseAddress.Port, Token, receiveBuffer: 4096);

    private Task<ServerProcess> StartAsync(params string[] settings) =>
        ServerProcess.StartAsync(_home.Path, ["--Bucket:Path=bucket", "--Cache:Enabled=false", .. settings]);
}
