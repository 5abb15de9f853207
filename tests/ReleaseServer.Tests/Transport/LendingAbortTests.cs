using System.IO.Pipelines;
using ReleaseServer.Pipeline;
using ReleaseServer.Testing.Http;
using ReleaseServer.Transport;

namespace ReleaseServer.Tests.Transport;

/// <summary>However a response ends before its end, nobody takes it for whole, and neither sockets nor buffers are kept.</summary>
public sealed class LendingAbortTests
{
    /// <summary>Larger than what the system holds of one connection.</summary>
    private const int Large = 32 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/memory")]
    [InlineData("/file")]
    public async Task Client_LeavesInTheBody_AnswerEndsAndNothingIsKept(string path)
    {
        using var content = new LentContent(Large);
        await using var host = await LendingHost.StartAsync(content.AnswerAsync);
        var outcome = host.Outcome;
        await using var client = await host.AskAsync($"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
        await client.ReadHeadAsync();

        client.Leave();

        Assert.IsType<OperationCanceledException>(await outcome, exactMatch: false);
        await AssertNothingKeptAsync(host);
    }

    [Fact]
    public async Task Clients_HundredsLeaveAtOnce_NothingIsKept()
    {
        using var content = new LentContent(Large);
        await using var host = await LendingHost.StartAsync(content.AnswerAsync);
        var clients = await Task.WhenAll(Enumerable.Range(0, 300).Select(i =>
            host.AskAsync($"GET {(i % 2 == 0 ? "/memory" : "/file")} HTTP/1.1\r\nHost: h\r\n\r\n", receiveBuffer: 4096)));

        // Who left before being accepted would never have had a socket.
        while (host.Sockets.Count < clients.Length)
        {
            await Task.Yield();
        }

        // Some have their head, others nothing yet.
        await Task.WhenAll(clients.Take(150).Select(static client => client.ReadHeadAsync()));
        foreach (var client in clients)
        {
            client.Leave();
        }

        await AssertNothingKeptAsync(host);

        Assert.Equal(clients.Length, host.Sockets.Count);
        await using var next = await host.AskAsync("GET /file?3-4 HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal(content.Bytes[3..7], (await next.ReadResponseAsync("GET")).Body);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Flush_CanceledInTheBody_ConnectionReset(bool byToken)
    {
        var content = new byte[Large];
        using var given = new CancellationTokenSource();
        var writer = new TaskCompletionSource<PipeWriter>();
        await using var host = await LendingHost.StartAsync(async context =>
        {
            context.Response.ContentLength = content.Length;
            await context.Response.StartAsync(Token);
            Assert.True(LentBody.TryLend(context, LentBody.Of(context)!, content));
            var flush = context.Response.BodyWriter.FlushAsync(given.Token);
            Assert.False(flush.IsCompleted);
            writer.SetResult(context.Response.BodyWriter);
            await flush;
        });
        var outcome = host.Outcome;
        await using var client = await host.AskAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        await client.ReadHeadAsync();

        var pending = await writer.Task;
        if (byToken)
        {
            await given.CancelAsync();
        }
        else
        {
            pending.CancelPendingFlush();
        }

        var failure = await outcome;
        Assert.Equal(byToken, failure is OperationCanceledException);
        Assert.False((await client.ReadToEndAsync()).InOrder);
        await AssertNothingKeptAsync(host);
    }

    [Theory]
    [InlineData("/memory")]
    [InlineData("/file")]
    public async Task Client_StopsReading_ResetWithinSeconds(string path)
    {
        using var content = new LentContent(Large);
        await using var host = await LendingHost.StartAsync(content.AnswerAsync, pace: new ReadingPace(1000, TimeSpan.FromSeconds(1)));
        var outcome = host.Outcome;
        await using var client = await host.AskAsync($"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n", receiveBuffer: 4096);
        await client.ReadHeadAsync();

        Assert.IsType<OperationCanceledException>(await outcome, exactMatch: false);
        Assert.False((await client.ReadToEndAsync()).InOrder);
        await AssertNothingKeptAsync(host);
    }

    [Fact]
    public async Task File_EndsTooSoon_ConnectionReset()
    {
        using var content = new LentContent(300_000);
        await using var host = await LendingHost.StartAsync(async context =>
        {
            context.Response.ContentLength = 400_000;
            await ResponseBody.SendFileAsync(context, content.Handle, 0, 400_000);
        });
        await using var client = await host.AskAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        await client.ReadHeadAsync();

        var (body, inOrder) = await client.ReadToEndAsync();

        Assert.False(inOrder);
        Assert.True(content.Bytes.AsSpan().StartsWith(body));
        await AssertNothingKeptAsync(host);
    }

    [Fact]
    public async Task Application_AbortsInTheBody_ConnectionReset()
    {
        var content = new byte[100_000];
        await using var host = await LendingHost.StartAsync(async context =>
        {
            context.Response.ContentLength = 2 * content.Length;
            await ResponseBody.SendAsync(context, content);
            context.Abort();
        });
        await using var client = await host.AskAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");

        Assert.False((await client.ReadToEndAsync()).InOrder);
        await AssertNothingKeptAsync(host);
    }

    private static async Task AssertNothingKeptAsync(LendingHost host)
    {
        await host.Pool.AllReturnedAsync(Token);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(RawClient.Patience);

        // Kestrel closes a connection after its last buffer is back, and tells nobody.
        while (!host.Sockets.All(static socket => socket.SafeHandle.IsClosed))
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
