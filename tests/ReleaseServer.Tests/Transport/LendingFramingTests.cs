using Microsoft.AspNetCore.Http;
using ReleaseServer.Pipeline;
using ReleaseServer.Testing.Http;
using ReleaseServer.Transport;

namespace ReleaseServer.Tests.Transport;

/// <summary>What is lent, and what is not; how connections end.</summary>
public sealed class LendingFramingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Kestrel hands GetMemory and Advance through to the connection. It does not promise to: should it stop, this says so.
    [Fact]
    public async Task Lend_StartedResponseOfKnownLength_TakenUp()
    {
        var content = new byte[50_000];
        bool? taken = null;
        await using var host = await LendingHost.StartAsync(async context =>
        {
            context.Response.ContentLength = content.Length;
            await context.Response.StartAsync(context.RequestAborted);
            taken = LentBody.TryLend(context, LentBody.Of(context)!, content);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        });
        await using var client = await host.AskAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");

        var response = await client.ReadResponseAsync("GET");

        Assert.True(taken);
        Assert.Equal(content, response.Body);
    }

    [Fact]
    public async Task Lend_ResponseNotStarted_Withdrawn()
    {
        bool? taken = null;
        await using var host = await LendingHost.StartAsync(context =>
        {
            context.Response.ContentLength = 2;
            taken = LentBody.TryLend(context, LentBody.Of(context)!, new byte[50_000]);
            return context.Response.WriteAsync("ok", context.RequestAborted);
        });
        await using var client = await host.AskAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");

        var response = await client.ReadResponseAsync("GET");

        Assert.False(taken);
        Assert.Equal("ok"u8, response.Body);
    }

    [Theory]
    [InlineData("HTTP/1.0", false, nameof(BodyFraming.Close))]
    [InlineData("HTTP/1.0", true, nameof(BodyFraming.Length))]
    [InlineData("HTTP/1.1", false, nameof(BodyFraming.Chunked))]
    public async Task Send_MustNotBeLent_CopiedWithTheRightFraming(string version, bool isLengthKnown, string framing)
    {
        using var content = new LentContent(280_859);
        var isLent = true;
        await using var host = await LendingHost.StartAsync(async context =>
        {
            context.Response.ContentLength = isLengthKnown ? 2 * content.Bytes.Length : null;
            isLent = LentBody.Of(context) is not null;
            await ResponseBody.SendAsync(context, content.Bytes);
            await ResponseBody.SendFileAsync(context, content.Handle, 0, content.Bytes.Length);
        });
        await using var client = await host.AskAsync($"GET / {version}\r\nHost: h\r\n\r\n");

        var response = await client.ReadResponseAsync("GET");

        Assert.False(isLent);
        Assert.Equal(framing, response.Framing.ToString());
        Assert.True(response.Body.AsSpan(0, 280_859).SequenceEqual(content.Bytes) && response.Body.AsSpan(280_859).SequenceEqual(content.Bytes));
    }

    [Theory]
    [InlineData("/memory")]
    [InlineData("/file")]
    public async Task Send_Head_LengthAndNoBody(string path)
    {
        using var content = new LentContent(280_859);
        await using var host = await LendingHost.StartAsync(content.AnswerAsync);
        await using var client = await host.AskAsync($"HEAD {path} HTTP/1.1\r\nHost: h\r\n\r\nGET {path}?7-8 HTTP/1.1\r\nHost: h\r\n\r\n");

        var head = await client.ReadResponseAsync("HEAD");
        var next = await client.ReadResponseAsync("GET");

        Assert.Equal("280859", head["Content-Length"]);
        Assert.Equal(content.Bytes[7..15], next.Body);
    }

    [Theory]
    [InlineData("/memory")]
    [InlineData("/file")]
    public async Task Send_ConnectionClose_WholeBodyThenClosedInOrder(string path)
    {
        using var content = new LentContent(5_000_000);
        await using var host = await LendingHost.StartAsync(content.AnswerAsync);
        await using var client = await host.AskAsync($"GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

        var response = await client.ReadResponseAsync("GET");

        Assert.True(content.Bytes.AsSpan().SequenceEqual(response.Body));
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task Stop_WhileABodyIsRead_WholeBodyThenClosed()
    {
        using var content = new LentContent(8_000_000);
        await using var host = await LendingHost.StartAsync(content.AnswerAsync);
        await using var client = await host.AskAsync("GET /file HTTP/1.1\r\nHost: h\r\n\r\n", receiveBuffer: 4096);
        await client.ReadHeadAsync();

        var stopping = host.StopAsync();
        var (rest, inOrder) = await client.ReadToEndAsync();
        await stopping;

        Assert.True(inOrder);
        Assert.True(content.Bytes.AsSpan().SequenceEqual(rest));
        await host.Pool.AllReturnedAsync(Token);
    }

    [Fact]
    public async Task Connections_MoreThanAllowed_ClosedAtOnce()
    {
        using var content = new LentContent(1000);
        await using var host = await LendingHost.StartAsync(content.AnswerAsync, maxConnections: 1);
        await using var first = await host.AskAsync("GET /memory HTTP/1.1\r\nHost: h\r\n\r\n");
        await first.ReadResponseAsync("GET");

        await using var second = await host.ConnectAsync();

        Assert.Empty((await second.ReadToEndAsync()).Bytes);
    }

    [Fact]
    public async Task Addresses_NotMeantForIt_LeftToKestrel()
    {
        using var transport = new LendingTransport(
            new CountingPool(), new LendingSettings(new ReadingPace(0, TimeSpan.Zero), Inline: true, TimeProvider.System));
        transport.TakeLocalhost(8080);

        Assert.True(transport.CanBind(new LendingEndPoint(System.Net.IPAddress.Any, 80)));
        Assert.True(transport.CanBind(new System.Net.IPEndPoint(System.Net.IPAddress.IPv6Loopback, 8080)));
        Assert.False(transport.CanBind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 8081)));
        Assert.False(transport.CanBind(new System.Net.IPEndPoint(System.Net.IPAddress.Any, 8080)));
        await Task.CompletedTask;
    }
}
