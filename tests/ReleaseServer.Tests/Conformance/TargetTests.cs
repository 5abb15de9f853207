using ReleaseServer.Testing.Http;

namespace ReleaseServer.Tests.Conformance;

/// <summary>RFC 9112 §3.2: forms of the target, the Host field, and how a path is read.</summary>
public sealed class TargetTests(ConformanceServer server)
{
    private const string Odd = "/dist/odd/";

    [Theory]
    [InlineData("")]
    [InlineData("Host: a b\r\n")]
    [InlineData("Host: a/b\r\n")]
    [InlineData("Host: a\r\nHost: a\r\n")]
    [InlineData("Host: a, b\r\n")]
    [InlineData("Host: user@a\r\n")]
    public async Task Host_MissingRepeatedOrInvalid_400(string lines)
    {
        var response = await server.SendAsync($"GET {ConformanceServer.Digits} HTTP/1.1\r\n{lines}\r\n");

        Assert.Equal(400, response.Status);
    }

    [Theory]
    [InlineData("Host: anything.example:8080\r\n")]
    [InlineData("Host: [::1]:80\r\n")]
    [InlineData("Host:\r\n")]
    [InlineData("host: a\r\n")]
    public async Task Host_AnyValidOne_Served(string lines)
    {
        var response = await server.SendAsync($"GET {ConformanceServer.Digits} HTTP/1.1\r\n{lines}\r\n");

        Assert.Equal(200, response.Status);
    }

    [Theory]
    [InlineData("http://localhost/dist/v1.0.0/digits.bin", 200)]
    [InlineData("http://other.example:99/dist/v1.0.0/digits.bin", 200)]
    [InlineData("https://localhost/dist/v1.0.0/digits.bin", 200)]
    [InlineData("HTTP://localhost/dist/v1.0.0/digits.bin", 200)]
    [InlineData("Https://LOCALHOST/dist/v1.0.0/digits.bin?x=1", 200)]
    [InlineData("http://localhost/dist/../dist/v1.0.0//digits.bin", 200)]
    [InlineData("http://localhost", 404)]
    [InlineData("http://localhost?x", 404)]
    [InlineData("http://localhost/dist", 301)]
    public async Task AbsoluteForm_AnyAuthority_ItsPath(string target, int status)
    {
        Assert.Equal(status, (await server.GetAsync(target)).Status);
    }

    [Theory]
    [InlineData("GET *")]
    [InlineData("HEAD *")]
    [InlineData("POST *")]
    [InlineData("\r\nGET *")]
    [InlineData("GET example.org")]
    [InlineData("GET example.org:80")]
    [InlineData("OPTIONS example.org")]
    [InlineData("OPTIONS *x")]
    [InlineData("GET dist/")]
    [InlineData("GET ftp://localhost/dist/")]
    [InlineData("GET http:/dist/")]
    [InlineData("GET http:///dist/")]
    [InlineData("GET ?x")]
    public async Task Target_OfNoFormForTheMethod_400(string start)
    {
        var response = await server.SendAsync($"{start} HTTP/1.1\r\nHost: localhost\r\n\r\n", start.TrimStart().Split(' ')[0]);

        Assert.Equal(400, response.Status);
        Assert.Null(response["Allow"]);
    }

    [Fact]
    public async Task AsteriskForm_Get400ComingByteByByte_StillRefused()
    {
        await using var client = await server.ConnectAsync();

        // No more than the line: the answer comes with it, and the connection ends.
        foreach (var c in "GET * HTTP/1.1\r\n")
        {
            await client.SendAsync(c.ToString());
        }

        Assert.Equal(400, (await client.ReadResponseAsync("GET")).Status);
    }

    [Theory]
    [InlineData("OPTIONS * HTTP/1.1")]
    [InlineData("\r\nOPTIONS * HTTP/1.1")]
    public async Task AsteriskForm_Options_204(string line)
    {
        var response = await server.SendAsync(line + "\r\nHost: localhost\r\n\r\n", "OPTIONS");

        Assert.Equal(204, response.Status);
        Assert.Equal("GET, HEAD, OPTIONS", response["Allow"]);
    }

    [Theory]
    [InlineData("/dist%2Findex.json")]
    [InlineData("/dist/%69ndex.json")]
    [InlineData("//dist///index.json")]
    [InlineData("/dist/./index.json")]
    [InlineData("/dist/v1.0.0/../index.json")]
    [InlineData("/dist/v1.0.0/%2e%2E/index.json")]
    [InlineData("/dist/v1.0.0%2f..%2findex.json")]
    [InlineData("/x/../dist/index.json")]
    [InlineData("/dist/index.json?")]
    [InlineData("/dist/index.json?a=/../..&b=%zz")]
    [InlineData("/dist/index.json?latest#x")]
    public async Task Path_Spelling_DecodedOnceAndResolved(string target)
    {
        Assert.Equal((await server.GetAsync("/dist/index.json")).Text, (await server.GetAsync(target)).Text);
    }

    [Theory]
    [InlineData(Odd + "a%20b.txt", "space")]
    [InlineData(Odd + "a+b.txt", "plus")]
    [InlineData(Odd + "a%2Bb.txt", "plus")]
    [InlineData(Odd + "percent%2541.txt", "percent")]
    [InlineData(Odd + "back%5Cslash.txt", "backslash")]
    [InlineData(Odd + "back\\slash.txt", "backslash")]
    [InlineData(Odd + "%C3%BCn%C3%AF.txt", "utf-8")]
    [InlineData(Odd + "q%3Fx=1.txt", "question mark")]
    [InlineData(Odd + ".hidden", "hidden")]
    public async Task Path_OddName_Found(string target, string content)
    {
        Assert.Equal(content, (await server.GetAsync(target)).Text);
    }

    [Theory]
    [InlineData("/DIST/index.json")]
    [InlineData("/dist/INDEX.json")]
    [InlineData("/dist/odd/a%2520b.txt")]
    [InlineData("/dist/odd/percent%41.txt")]
    [InlineData("/dist\\index.json")]
    [InlineData("/dist/%ff")]
    [InlineData("/dist/index.json/")]
    [InlineData("/dist/index.json/x")]
    public async Task Path_OtherBytes_404(string target)
    {
        Assert.Equal(404, (await server.GetAsync(target)).Status);
    }

    [Theory]
    [InlineData("/%")]
    [InlineData("/dist/%2")]
    [InlineData("/dist/%zz")]
    [InlineData("/dist/%00")]
    [InlineData("/dist/index.json%00.txt")]
    [InlineData("/..")]
    [InlineData("/../dist/index.json")]
    [InlineData("/dist/../../etc/passwd")]
    [InlineData("/%2e%2e/x")]
    public async Task Path_BadEscapeNulOrClimb_400(string target)
    {
        Assert.Equal(400, (await server.GetAsync(target)).Status);
    }

    [Theory]
    [InlineData("/dist/v1.0.0/..")]
    [InlineData("/dist/v1.0.0/../")]
    [InlineData("/dist/.")]
    [InlineData("/dist/./")]
    [InlineData("//dist//")]
    public async Task Path_EndingInDots_Directory(string target)
    {
        Assert.Contains("<h1>Index of /dist/</h1>", (await server.GetAsync(target)).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8192, 404)]
    [InlineData(16000, 404)]
    [InlineData(17000, 414)]
    public async Task RequestLine_Length_414BeyondTheLimit(int length, int status)
    {
        RawResponse response = await server.GetAsync("/" + new string('a', length));

        Assert.Equal(status, response.Status);
    }
}
