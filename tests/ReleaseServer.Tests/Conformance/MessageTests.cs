using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Server;

namespace ReleaseServer.Tests.Conformance;

/// <summary>RFC 9112: versions, framing, connections.</summary>
public sealed class MessageTests(ConformanceServer server)
{
    private const string Get = $"GET {ConformanceServer.Digits} HTTP/1.1\r\nHost: localhost\r\n";

    [Theory]
    [InlineData("HTTP/2.0")]
    [InlineData("HTTP/1.2")]
    [InlineData("HTTP/3.0")]
    [InlineData("http/1.1")]
    public async Task Version_NotSpoken_505(string version)
    {
        var response = await server.SendAsync($"GET {ConformanceServer.Digits} {version}\r\nHost: localhost\r\n\r\n");

        Assert.Equal(505, response.Status);
        Assert.True(response.AnnouncesClose);
    }

    [Theory]
    [InlineData("GET /dist/\r\n\r\n")]
    [InlineData(" /dist/ HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET  /dist/ HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /dist/ HTTP/1.1 \r\nHost: localhost\r\n\r\n")]
    [InlineData("GET\t/dist/\tHTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("G(T /dist/ HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /dist/\u00FC HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    public async Task RequestLine_OffTheGrammar_400(string bytes)
    {
        Assert.Equal(400, (await server.SendAsync(bytes)).Status);
    }

    [Theory]
    [InlineData("X: a\r\n b\r\n")]
    [InlineData("X : a\r\n")]
    [InlineData(" X: a\r\n")]
    [InlineData("X: a\rb\r\n")]
    [InlineData("X: a\0b\r\n")]
    [InlineData("X\r\n")]
    [InlineData(": a\r\n")]
    public async Task FieldLine_OffTheGrammar_400(string line)
    {
        Assert.Equal(400, (await server.SendAsync(Get + line + "\r\n")).Status);
    }

    [Fact]
    public async Task FieldNames_AnyCaseAndWhiteSpaceAround_Read()
    {
        var response = await server.SendAsync(Get + "rAnGe: \t bytes=0-4 \t\r\n\r\n");

        Assert.Equal("01234", response.Text);
    }

    [Theory]
    [InlineData("Content-Length: x")]
    [InlineData("Content-Length: -1")]
    [InlineData("Content-Length: 1, 1")]
    [InlineData("Content-Length: 1\r\nContent-Length: 2")]
    [InlineData("Content-Length: 99999999999999999999")]
    [InlineData("Transfer-Encoding: gzip")]
    [InlineData("Transfer-Encoding: chunked, gzip")]
    [InlineData("Transfer-Encoding: xchunked")]
    public async Task Framing_Faulty_400AndClose(string field)
    {
        var response = await server.SendAsync($"POST /dist/ HTTP/1.1\r\nHost: localhost\r\n{field}\r\n\r\n", "POST");

        Assert.Equal(400, response.Status);
        Assert.True(response.AnnouncesClose);
    }

    [Theory]
    [InlineData("POST", "HTTP/1.1", "Content-Length: 4\r\nTransfer-Encoding: chunked")]
    [InlineData("GET", "HTTP/1.1", "Transfer-Encoding: chunked\r\nContent-Length: 4")]
    [InlineData("POST", "HTTP/1.0", "Connection: keep-alive\r\nTransfer-Encoding: chunked")]
    public async Task Framing_Ambiguous_AnsweredAndClosed(string method, string version, string fields)
    {
        // What follows the end of one reading must not be taken for a request by the other.
        var response = await server.SendAsync(
            $"{method} /dist/ {version}\r\nHost: localhost\r\n{fields}\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n", method);

        Assert.True(response.AnnouncesClose);
    }

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\nhello")]
    [InlineData("Content-Length: 0\r\n\r\n")]
    [InlineData("Content-Length: 6\r\n\r\nhello ")]
    [InlineData("Content-Length: 16\r\n\r\nGET * HTTP/1.1\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("Content-Length: 100000000\r\n\r\n")]
    [InlineData("Content-Length: 100000000\r\nExpect: 100-continue\r\n\r\n")]
    public async Task Content_Unread_405AndConnectionUsableOrCloseAnnounced(string rest)
    {
        var response = await server.SendAsync("POST /dist/ HTTP/1.1\r\nHost: localhost\r\n" + rest, "POST");

        Assert.Equal(405, response.Status);
    }

    [Theory]
    [InlineData("Content-Length: 200000\r\n\r\nsome of it")]
    [InlineData("Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")]
    public async Task Content_TooMuchToDrainOrHeldBack_405AnnouncingClose(string rest)
    {
        await using var client = await server.ConnectAsync();
        await client.SendAsync("POST /dist/ HTTP/1.1\r\nHost: localhost\r\n" + rest);

        var response = await client.ReadResponseAsync("POST");

        Assert.Equal(405, response.Status);
        Assert.True(response.AnnouncesClose);
    }

    [Fact]
    public async Task Pipelining_SeveralRequests_AnswersInOrder()
    {
        await using var client = await server.ConnectAsync();
        await client.SendAsync(
            $"{Get}Range: bytes=0-0\r\n\r\n{Get}Range: bytes=1-1\r\n\r\n"
            + "HEAD /dist/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
            + "GET /dist/missing HTTP/1.1\r\nHost: localhost\r\n\r\n"
            + "POST /dist/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"
            + $"{Get}If-None-Match: *\r\n\r\n\r\n{Get}Range: bytes=9-9\r\n\r\n");

        Assert.Equal("0", (await client.ReadResponseAsync("GET")).Text);
        Assert.Equal("1", (await client.ReadResponseAsync("GET")).Text);
        Assert.Equal(200, (await client.ReadResponseAsync("HEAD")).Status);
        Assert.Equal(404, (await client.ReadResponseAsync("GET")).Status);
        Assert.Equal(405, (await client.ReadResponseAsync("POST")).Status);
        Assert.Equal(304, (await client.ReadResponseAsync("GET")).Status);
        Assert.Equal("9", (await client.ReadResponseAsync("GET")).Text);
    }

    [Fact]
    public async Task Pipelining_HundredsAcrossBuffers_EachAnswered()
    {
        await using var client = await server.ConnectAsync();
        const int Requests = 400;
        var sending = client.SendAsync(string.Concat(Enumerable.Range(0, Requests).Select(static i => $"{Get}Range: bytes={i % 100}-{i % 100}\r\n\r\n")));

        for (var i = 0; i < Requests; i++)
        {
            Assert.Equal((i % 10).ToString(System.Globalization.CultureInfo.InvariantCulture), (await client.ReadResponseAsync("GET")).Text);
        }

        await sending;
    }

    [Fact]
    public async Task Connection_Close_AnnouncedAndClosed()
    {
        var response = await server.SendAsync(Get + "Connection: close\r\n\r\n");

        Assert.True(response.Has("Connection", "close"));
        Assert.Equal(ConformanceServer.DigitsContent, response.Text);
    }

    [Theory]
    [InlineData(ConformanceServer.Digits)]
    [InlineData("/dist/")]
    [InlineData("/dist/missing")]
    [InlineData(ConformanceServer.Text)]
    public async Task Http10_Request_LengthAndClose(string target)
    {
        await using var client = await server.ConnectAsync();
        await client.SendAsync($"GET {target} HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n");

        var response = await client.ReadResponseAsync("GET");

        Assert.Equal(BodyFraming.Length, response.Framing);
        Assert.Null(response["Content-Encoding"]);
        Assert.True(response.Has("Connection", "close"));
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task Http10_KeepAlive_KeptAndSaid()
    {
        await using var client = await server.ConnectAsync();
        await client.SendAsync($"GET {ConformanceServer.Digits} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        var first = await client.ReadResponseAsync("GET");
        await RunningServer.ProveReusableAsync(client, first);

        Assert.True(first.Has("Connection", "keep-alive"));
    }

    [Theory]
    [InlineData("GET", "/dist/missing", 404)]
    [InlineData("GET", "/dist", 301)]
    [InlineData("HEAD", ConformanceServer.Digits, 200)]
    [InlineData("DELETE", ConformanceServer.Digits, 405)]
    [InlineData("GET", "/dist/%zz", 400)]
    [InlineData("GET", "/traffic-manager", 204)]
    public async Task KeepAlive_AfterAnyAnswerOfTheChain_Usable(string method, string target, int status)
    {
        var response = await server.AskAsync(method, target);

        Assert.Equal(status, response.Status);
        Assert.False(response.AnnouncesClose);
    }

    [Fact]
    public async Task KeepAlive_After304And412And416_Usable()
    {
        Assert.False((await server.GetAsync(ConformanceServer.Digits, "If-None-Match: *")).AnnouncesClose);
        Assert.False((await server.GetAsync(ConformanceServer.Digits, "If-Match: \"x\"")).AnnouncesClose);
        Assert.False((await server.GetAsync(ConformanceServer.Digits, "Range: bytes=500-")).AnnouncesClose);
    }

    [Theory]
    [InlineData(1, 40_000)]
    [InlineData(200, 10)]
    public async Task Fields_TooManyOrTooLong_431(int count, int length)
    {
        var lines = string.Concat(Enumerable.Range(0, count).Select(i => $"X{i}: {new string('a', length)}\r\n"));

        var response = await server.SendAsync(Get + lines + "\r\n");

        Assert.Equal(431, response.Status);
        Assert.True(response.AnnouncesClose);
    }

    [Fact]
    public async Task Fields_Of16Kilobytes_Read()
    {
        Assert.Equal(200, (await server.GetAsync(ConformanceServer.Digits, "X: " + new string('a', 16_000))).Status);
    }

    [Theory]
    [InlineData(ConformanceServer.Digits)]
    [InlineData("/dist/missing")]
    [InlineData("/dist")]
    [InlineData("/dist/")]
    public async Task Date_EveryAnswer_OfTheMoment(string target)
    {
        var date = (await server.GetAsync(target))["Date"];

        var sent = DateTimeOffset.ParseExact(date!, "r", System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(sent - TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(-1), TimeSpan.FromSeconds(2));
    }
}
