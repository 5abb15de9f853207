using ReleaseServer.Pipeline;
using ReleaseServer.Testing.Http;

namespace ReleaseServer.Tests.Transport;

/// <summary>What is sent is what was lent, to the byte, by either transport.</summary>
public sealed class LendingBytesTests
{
    public static TheoryData<int> Lengths =>
        [0, 1, (16 * 1024) - 1, 16 * 1024, (16 * 1024) + 1, (64 * 1024) + 1, 280_859, (1024 * 1024) - 1, 1024 * 1024, (1024 * 1024) + 1, 5_000_000];

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task Send_AnyLength_SameBytesFromMemoryAndFileByBothTransports(int length)
    {
        using var content = new LentContent(length);
        foreach (var lends in new[] { true, false })
        {
            await using var host = await LendingHost.StartAsync(content.AnswerAsync, lends);
            foreach (var path in new[] { "/memory", "/file" })
            {
                await using var client = await host.AskAsync($"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
                var response = await client.ReadResponseAsync("GET");

                Assert.Equal(BodyFraming.Length, response.Framing);
                Assert.True(content.Bytes.AsSpan().SequenceEqual(response.Body), $"{path}, lending {lends}");
            }
        }
    }

    [Theory]
    [InlineData("/memory", 1, 40_000)]
    [InlineData("/memory", 1_234_567, 2_345_678)]
    [InlineData("/file", 1, 40_000)]
    [InlineData("/file", 4095, 1)]
    [InlineData("/file", 1_234_567, 2_345_678)]
    [InlineData("/file", 4_999_999, 1)]
    public async Task Send_Part_ItsBytes(string path, int offset, int count)
    {
        using var content = new LentContent(5_000_000);
        await using var host = await LendingHost.StartAsync(content.AnswerAsync);
        await using var client = await host.AskAsync($"GET {path}?{offset}-{count} HTTP/1.1\r\nHost: h\r\n\r\n");

        var response = await client.ReadResponseAsync("GET");

        Assert.True(content.Bytes.AsSpan(offset, count).SequenceEqual(response.Body));
    }

    [Theory]
    [InlineData("/memory")]
    [InlineData("/file")]
    public async Task Send_ClientReadsInDrops_SameBytes(string path)
    {
        using var content = new LentContent(6_000_000);
        await using var host = await LendingHost.StartAsync(content.AnswerAsync);
        await using var client = await host.AskAsync($"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n", receiveBuffer: 4096);
        await client.ReadHeadAsync();
        using var body = new MemoryStream();

        while (body.Length < content.Bytes.Length)
        {
            body.Write((await client.ReadSomeAsync(1000 + (int)(body.Length % 777))).Span);
        }

        Assert.True(content.Bytes.AsSpan().SequenceEqual(body.ToArray()));
    }

    [Fact]
    public async Task Send_RequestsInOneGo_AnswersInTheirOrder()
    {
        using var content = new LentContent(300_000);
        await using var host = await LendingHost.StartAsync(content.AnswerAsync);
        string[] targets = ["/memory", "/file", "/memory?5-10", "/file?100-299000", "/memory?0-0", "/file"];
        await using var client = await host.AskAsync(string.Concat(targets.Select(static target => $"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n")));

        foreach (var target in targets)
        {
            var part = target.Contains('?', StringComparison.Ordinal) ? [.. target.Split('?')[1].Split('-').Select(int.Parse)] : new[] { 0, 300_000 };
            var response = await client.ReadResponseAsync("GET");
            Assert.True(content.Bytes.AsSpan(part[0], part[1]).SequenceEqual(response.Body), target);
        }
    }

    [Fact]
    public async Task Send_SeveralPieces_OneBody()
    {
        using var content = new LentContent(400_000);
        await using var host = await LendingHost.StartAsync(async context =>
        {
            context.Response.ContentLength = content.Bytes.Length;
            await ResponseBody.SendAsync(context, content.Bytes.AsMemory(0, 10));
            await ResponseBody.SendFileAsync(context, content.Handle, 10, 150_000);
            await ResponseBody.SendAsync(context, content.Bytes.AsMemory(150_010, 200_000));
            await context.Response.Body.WriteAsync(content.Bytes.AsMemory(350_010), context.RequestAborted);
        });
        await using var client = await host.AskAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");

        var response = await client.ReadResponseAsync("GET");

        Assert.True(content.Bytes.AsSpan().SequenceEqual(response.Body));
    }

    [Fact]
    public async Task Send_HeadLargerThanABuffer_HeadAndBodyWhole()
    {
        using var content = new LentContent(100_000);
        await using var host = await LendingHost.StartAsync(context =>
        {
            context.Response.Headers["X-Long"] = new string('x', 9000);
            return content.AnswerAsync(context);
        });
        foreach (var path in new[] { "/memory", "/file" })
        {
            await using var client = await host.AskAsync($"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
            var response = await client.ReadResponseAsync("GET");

            Assert.Equal(9000, response["X-Long"]?.Length);
            Assert.True(content.Bytes.AsSpan().SequenceEqual(response.Body));
        }
    }
}
