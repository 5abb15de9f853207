namespace ReleaseServer.Tests.Conformance;

/// <summary>RFC 9110 §9 and §15.5.6: which methods there are.</summary>
public sealed class MethodTests(ConformanceServer server)
{
    private const string Allow = "GET, HEAD, OPTIONS";

    public static TheoryData<string> Targets =>
        [ConformanceServer.Digits, "/dist/", "/dist", "/", "/dist/missing", "/api.html", "/traffic-manager", "/dist/%zz"];

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Options_AnyPath_204WithAllow(string target)
    {
        var response = await server.AskAsync("OPTIONS", target);

        Assert.Equal(204, response.Status);
        Assert.Equal(Allow, response["Allow"]);
        Assert.Null(response["Content-Length"]);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    [InlineData("TRACE")]
    [InlineData("PROPFIND")]
    [InlineData("PURGE")]
    [InlineData("get")]
    [InlineData("Head")]
    [InlineData("M-SEARCH")]
    [InlineData("X!#$%&'*+.^_`|~9")]
    public async Task Other_AnyToken_405WithAllowAndNoStore(string method)
    {
        var response = await server.AskAsync(method, ConformanceServer.Digits);

        Assert.Equal(405, response.Status);
        Assert.Equal(Allow, response["Allow"]);
        Assert.Equal(ConformanceServer.NoStore, response["Cache-Control"]);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Post_AnyPath_405ExistingOrNot(string target)
    {
        var response = await server.AskAsync("POST", target, "Content-Length: 0");

        Assert.Equal(405, response.Status);
        Assert.Equal(Allow, response["Allow"]);
    }

    [Fact]
    public async Task Connect_AuthorityForm_405WithAllow()
    {
        var response = await server.SendAsync("CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n", "CONNECT");

        Assert.Equal(405, response.Status);
        Assert.Equal(Allow, response["Allow"]);
    }

    [Theory]
    [InlineData(ConformanceServer.Digits)]
    [InlineData(ConformanceServer.Text)]
    [InlineData("/dist/v1.0.0/empty.bin")]
    [InlineData("/dist/")]
    [InlineData("/dist")]
    [InlineData("/dist/missing")]
    [InlineData("/dist/missing/")]
    [InlineData("/api/")]
    [InlineData("/api.html")]
    [InlineData("/api/corepack.html")]
    [InlineData("/traffic-manager")]
    [InlineData("/dist/%zz")]
    public async Task Head_AnyPath_FieldsOfGetAndNoBody(string target)
    {
        var head = await server.HeadAsync(target);
        var get = await server.GetAsync(target);

        Assert.Equal(get.Status, head.Status);
        Assert.Equal(get.Fields.Where(NotDate), head.Fields.Where(NotDate));
    }

    [Theory]
    [InlineData(ConformanceServer.Text)]
    [InlineData("/dist/")]
    public async Task Head_WithGzip_FieldsOfGetButTheFraming(string target)
    {
        var head = await server.HeadAsync(target, "Accept-Encoding: gzip");
        var get = await server.GetAsync(target, "Accept-Encoding: gzip");

        // RFC 9110 §9.3.2: fields known only by making the content may be left out, and Transfer-Encoding is of the one message.
        Assert.Equal("gzip", head["Content-Encoding"]);
        Assert.Equal(
            get.Fields.Where(NotDate).Where(static field => field.Key != "Transfer-Encoding"),
            head.Fields.Where(NotDate).Where(static field => field.Key != "Transfer-Encoding"));
    }

    [Theory]
    [InlineData("Range: bytes=0-4")]
    [InlineData("Range: bytes=500-")]
    [InlineData("Range: bytes=0-4,10-14")]
    public async Task Head_WithRange_Ignored(string range)
    {
        var ranged = await server.HeadAsync(ConformanceServer.Text, range, "Accept-Encoding: gzip");
        var plain = await server.HeadAsync(ConformanceServer.Text, "Accept-Encoding: gzip");

        Assert.Equal(200, ranged.Status);
        Assert.Equal(plain.Fields.Where(NotDate), ranged.Fields.Where(NotDate));
    }

    [Fact]
    public async Task Get_WithContent_Answered()
    {
        var response = await server.SendAsync($"GET {ConformanceServer.Digits} HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");

        Assert.Equal(200, response.Status);
        Assert.Equal(ConformanceServer.DigitsContent, response.Text);
    }

    private static bool NotDate(KeyValuePair<string, string> field) => field.Key != "Date";
}
