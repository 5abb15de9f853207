using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using ReleaseServer.Testing.Server;

namespace ReleaseServer.Tests.Conformance;

/// <summary>RFC 9113 and RFC 7301: HTTP/2 by prior knowledge on its own address, and by ALPN under TLS.</summary>
public sealed class Http2Tests(ConformanceServer server) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, shown, _, _) => server.IsOwn(shown) },
    });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task H2c_Get_SameAnswerAsHttp1()
    {
        using var response = await AskAsync(HttpMethod.Get, ConformanceServer.Digits);
        var http1 = await server.GetAsync(ConformanceServer.Digits);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(HttpVersion.Version20, response.Version);
        Assert.Equal(ConformanceServer.DigitsContent, await response.Content.ReadAsStringAsync(Token));
        Assert.Equal(http1["ETag"], response.Headers.ETag!.ToString());
        Assert.Equal(http1["Cache-Control"], Assert.Single(response.Headers.GetValues("Cache-Control")));
        Assert.False(response.Headers.Contains("Connection"));
        Assert.False(response.Headers.Contains("Transfer-Encoding"));
    }

    [Fact]
    public async Task H2c_Head_LengthAndNoBody()
    {
        using var response = await AskAsync(HttpMethod.Head, ConformanceServer.Digits);

        Assert.Equal(100, response.Content.Headers.ContentLength);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Token));
    }

    [Fact]
    public async Task H2c_IfNoneMatch_304()
    {
        using var response = await AskAsync(HttpMethod.Get, ConformanceServer.Digits, "If-None-Match", "*");

        Assert.Equal(HttpStatusCode.NotModified, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Token));
    }

    [Fact]
    public async Task H2c_Range_206()
    {
        using var response = await AskAsync(HttpMethod.Get, ConformanceServer.Digits, "Range", "bytes=95-");

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal("bytes 95-99/100", response.Content.Headers.ContentRange!.ToString());
        Assert.Equal("56789", await response.Content.ReadAsStringAsync(Token));
    }

    [Theory]
    [InlineData("GET", "/dist", 301)]
    [InlineData("GET", "/dist/missing", 404)]
    [InlineData("DELETE", "/dist/", 405)]
    [InlineData("OPTIONS", "/dist/", 204)]
    [InlineData("GET", "/traffic-manager", 204)]
    public async Task H2c_OtherAnswers_SameStatusAsHttp1(string method, string target, int status)
    {
        using var response = await AskAsync(new HttpMethod(method), target);

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task H2c_ManyStreamsOfOneConnection_EachItsOwnAnswer()
    {
        var texts = await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
        {
            using var response = await AskAsync(HttpMethod.Get, ConformanceServer.Digits, "Range", $"bytes={i}-{i}");
            return await response.Content.ReadAsStringAsync(Token);
        }));

        Assert.Equal(ConformanceServer.DigitsContent, string.Concat(texts));
    }

    [Fact]
    public async Task H2c_ContentUnread_405()
    {
        using var request = Request(HttpMethod.Post, $"http://127.0.0.1:{server.Server.H2cPort}/dist/", HttpVersion.Version20);
        request.Content = new ByteArrayContent(new byte[200_000]);

        using var response = await _client.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Fact]
    public async Task H2c_Http1Request_Refused()
    {
        await using var client = await RunningServer.ConnectAsync(server.Server.H2cPort, Token);
        await client.SendAsync("GET /dist/ HTTP/1.1\r\nHost: localhost\r\n\r\n");

        var response = await client.ReadResponseAsync("GET");

        Assert.Equal(400, response.Status);
        Assert.True(response.AnnouncesClose);
    }

    [Fact]
    public async Task PlainAddress_Http2Preface_Refused()
    {
        await using var client = await RunningServer.ConnectAsync(server.Server.PublicPort, Token);
        await client.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

        var (bytes, _) = await client.ReadToEndAsync();

        // A GOAWAY of HTTP/2 (type 7) or an error of HTTP/1.1, but no SETTINGS (type 4), which would begin a connection.
        Assert.True(bytes.Length == 0 || bytes[0] == 'H' || bytes[3] == 7);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    public async Task Tls_ExactVersion_Spoken(int major)
    {
        var version = major == 2 ? HttpVersion.Version20 : HttpVersion.Version11;
        using var request = Request(HttpMethod.Get, $"https://127.0.0.1:{server.Server.TlsPort}{ConformanceServer.Digits}", version);
        using var response = await _client.SendAsync(request, Token);

        Assert.Equal(version, response.Version);
        Assert.Equal(ConformanceServer.DigitsContent, await response.Content.ReadAsStringAsync(Token));
    }

    [Theory]
    [InlineData("h2", "h2")]
    [InlineData("http/1.1", "http/1.1")]
    [InlineData("http/1.1,h2", "h2")]
    [InlineData("", "")]
    public async Task Tls_Alpn_ServerPrefersHttp2(string offered, string chosen)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, server.Server.TlsPort, Token);
        await using var tls = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                ApplicationProtocols = offered.Length == 0 ? null : [.. offered.Split(',').Select(static name => new SslApplicationProtocol(name))],
                RemoteCertificateValidationCallback = (_, shown, _, _) => server.IsOwn(shown),
            },
            Token);

        Assert.Equal(chosen, Encoding.ASCII.GetString(tls.NegotiatedApplicationProtocol.Protocol.Span));
    }

    private async Task<HttpResponseMessage> AskAsync(HttpMethod method, string target, string? name = null, string? value = null)
    {
        using var request = Request(method, $"http://127.0.0.1:{server.Server.H2cPort}{target}", HttpVersion.Version20);
        if (name is not null)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await _client.SendAsync(request, Token);
    }

    private static HttpRequestMessage Request(HttpMethod method, string url, Version version) =>
        new(method, url) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
}
