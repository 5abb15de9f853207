using System.Net;
using ReleaseServer.Buckets;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Http;

namespace ReleaseServer.Tests.Faults;

/// <summary>A body that breaks in the middle breaks the connection: no client may take a part for the whole.</summary>
public sealed class BrokenBodyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string?> Requests => new()
    {
        { FaultServer.Archive, null },
        { FaultServer.Text, null },
        { FaultServer.Text, "Accept-Encoding: gzip" },
        { FaultServer.Archive, "Range: bytes=1000-7000000" },
        { FaultServer.Archive, "Range: bytes=0-1000000,2000000-3000000" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Break_AfterTheStart_ConnectionAborted(string target, string? field)
    {
        await using var server = await FaultServer.StartAsync();
        server.Bucket.Body = Broken(after: 700_000, static () => new BucketUnavailableException("the store broke off"));
        await using var client = await server.ConnectAsync();
        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: h\r\n{(field is null ? "" : field + "\r\n")}\r\n");

        await Assert.ThrowsAsync<FramingException>(() => client.ReadResponseAsync("GET"));
        await AssertLoggedAsync(server, target);
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task ProgrammingError_AfterTheStart_ConnectionAborted(string target, string? field)
    {
        await using var server = await FaultServer.StartAsync();
        server.Bucket.Body = Broken(after: 700_000, static () => new InvalidOperationException("a mistake of ours"));
        await using var client = await server.ConnectAsync();
        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: h\r\n{(field is null ? "" : field + "\r\n")}\r\n");

        await Assert.ThrowsAsync<FramingException>(() => client.ReadResponseAsync("GET"));
        await AssertLoggedAsync(server, target);
    }

    [Theory]
    [InlineData(FaultServer.Archive, "X: x")]
    [InlineData(FaultServer.Text, "Accept-Encoding: gzip")]
    [InlineData(FaultServer.Text, "Accept-Encoding: br")]
    [InlineData(FaultServer.Archive, "Range: bytes=1000-7000000")]
    public async Task Break_BeforeTheFirstByte_503(string target, string field)
    {
        await using var server = await FaultServer.StartAsync();
        server.Bucket.Body = Broken(after: 0, static () => new BucketUnavailableException("the store broke off"));

        var response = await server.AskAsync("GET", target, field);

        Assert.Equal(503, response.Status);
        Assert.Null(response["Content-Encoding"]);
        Assert.Null(response["Content-Range"]);
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Break_OverHttp2_StreamReset(string target, string? field)
    {
        await using var server = await FaultServer.StartAsync();
        server.Bucket.Body = Broken(after: 700_000, static () => new BucketUnavailableException("the store broke off"));
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{server.Server.H2cPort}{target}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (field?.Split(": ") is [var name, var value])
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => response.Content.ReadAsByteArrayAsync(Token));
    }

    [Fact]
    public async Task Break_OneOfManyConnections_OthersUntouched()
    {
        await using var server = await FaultServer.StartAsync();
        server.Bucket.Body = Broken(after: 700_000, static () => new BucketUnavailableException("the store broke off"));
        await using var broken = await server.ConnectAsync();
        await broken.SendAsync($"GET {FaultServer.Archive} HTTP/1.1\r\nHost: h\r\n\r\n");
        await Assert.ThrowsAsync<FramingException>(() => broken.ReadResponseAsync("GET"));

        server.Bucket.Recover();

        Assert.Equal(FaultServer.ArchiveLength, (await server.AskAsync("GET", FaultServer.Archive)).Body.Length);
    }

    private static BodyScript Broken(long after, Func<Exception> fault) => new(after) { Fault = fault };

    private static async Task AssertLoggedAsync(FaultServer server, string target)
    {
        // The head was sent, so that is the status the client got; the line that says what broke is an error of its own.
        Assert.InRange((await server.Server.Log.AccessAsync(target)).Status, 200, 206);
        Assert.Equal(1, server.Server.Log.CountAccess(target));
        Assert.Contains(server.Server.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains(target, StringComparison.Ordinal));
    }
}
