using System.Text;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Server;

namespace ReleaseServer.Tests.Transport;

/// <summary><c>Server:Lending</c> changes nothing that a client can see.</summary>
public sealed class LendingSwitchTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_WithAndWithoutLending_SameBytes()
    {
        var bucket = new InMemoryBucket();
        for (var i = 0; i < 700; i++)
        {
            bucket.Put($"nodejs/release/v1.0.0/file-{i:D4}.tar.gz", Encoding.ASCII.GetBytes($"content {i}"), DateTimeOffset.UnixEpoch);
        }

        bucket.Put("nodejs/release/large.bin", new byte[3_000_000], DateTimeOffset.UnixEpoch);

        Assert.Equal(await AnswersAsync(bucket, lending: true), await AnswersAsync(bucket, lending: false));
    }

    private static async Task<List<string>> AnswersAsync(InMemoryBucket bucket, bool lending)
    {
        await using var server = await RunningServer.StartAsync(bucket, Token, configure: settings => settings.Server.Lending = lending);
        var answers = new List<string>();
        foreach (var request in new[] { "GET /dist/v1.0.0/", "HEAD /dist/v1.0.0/", "GET /dist/v1.0.0/file-0001.tar.gz", "GET /dist/large.bin", "GET /dist/none" })
        {
            await using var client = await RunningServer.ConnectAsync(server.PublicPort, Token);
            await client.SendAsync($"{request} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            var (bytes, inOrder) = await client.ReadToEndAsync();
            Assert.True(inOrder);
            var lines = Encoding.Latin1.GetString(bytes).Split("\r\n").Where(static line => !line.StartsWith("Date:", StringComparison.Ordinal));
            answers.Add(string.Join("\r\n", lines));
        }

        return answers;
    }
}
