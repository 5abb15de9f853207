using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using ReleaseServer.Origin;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Origin;

/// <summary>Which fields of a client's request an origin gets.</summary>
public sealed class OriginRequestTests
{
    private static readonly ManualClock Clock = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
    private static readonly string[] Always = ["Accept-Encoding: identity", "CDN-Loop: ReleaseServer", "Via: 1.1 ReleaseServer"];

    [Theory]
    [InlineData("GET", "Range: bytes=0-4", "Range: bytes=0-4")]
    [InlineData("GET", "Range: bytes=0-4|Range: bytes=5-6", "")]
    [InlineData("GET", "Range: ", "")]
    [InlineData("HEAD", "Range: bytes=0-4", "")]
    [InlineData("GET", "Range: bytes=0-4|If-Range: \"a\"", "If-Range: \"a\"|Range: bytes=0-4")]
    [InlineData("GET", "Range: bytes=0-4|If-Range: Sun, 06 Nov 1994 08:49:37 GMT", "If-Range: Sun, 06 Nov 1994 08:49:37 GMT|Range: bytes=0-4")]
    [InlineData("GET", "Range: bytes=0-4|If-Range: W/\"a\"", "")]
    [InlineData("GET", "Range: bytes=0-4|If-Range: ", "")]
    [InlineData("GET", "If-Range: \"a\"", "")]
    [InlineData("GET", "If-None-Match: \"a\"|If-None-Match: W/\"b\"", "If-None-Match: \"a\", W/\"b\"")]
    [InlineData("GET", "If-None-Match: |If-Match: ", "")]
    [InlineData("GET", "If-None-Match: *|If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", "If-None-Match: *")]
    [InlineData("GET", "If-Match: \"a\"|If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT", "If-Match: \"a\"")]
    [InlineData("HEAD", "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("GET", "If-Unmodified-Since: yesterday", "")]
    [InlineData("GET", "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT", "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("GET", "Accept: application/json|User-Agent: curl/7.88", "Accept: application/json|User-Agent: curl/7.88")]
    [InlineData("GET", "Accept-Encoding: gzip, br", "")]
    [InlineData("GET", "Connection: keep-alive, X-Own|X-Own: 1|Keep-Alive: 5|TE: trailers|Upgrade: h2c|HTTP2-Settings: AA|Proxy-Connection: x|Transfer-Encoding: chunked|Trailer: x", "")]
    [InlineData("GET", "Cookie: a=b|Authorization: Basic x|Proxy-Authorization: y|Referer: z|Origin: null|X-Forwarded-For: 1.2.3.4|Forwarded: for=1.2.3.4|traceparent: 00", "")]
    [InlineData("GET", "Host: public.example|Content-Length: 0|Expect: 100-continue", "")]
    public void To_FieldsOfAClient_ThoseThatChooseTheAnswer(string method, string given, string passed)
    {
        var message = Ask(method, given, new OriginOptions());

        Assert.Equal(Always.Concat(passed.Split('|', StringSplitOptions.RemoveEmptyEntries)).Order(StringComparer.Ordinal), FieldsOf(message));
        Assert.Equal(("http://origin.example:81", method), (message.RequestUri!.GetLeftPart(UriPartial.Authority), message.Method.Method));
        Assert.Null(message.Content);
        Assert.Null(message.Headers.Host);
    }

    [Theory]
    [InlineData("", "10.0.0.9")]
    [InlineData("X-Forwarded-For: 1.2.3.4", "1.2.3.4, 10.0.0.9")]
    public void To_ForwardedForOn_ClientsAddressBehindThoseBefore(string given, string expected)
    {
        var message = Ask("GET", given, new OriginOptions { ForwardedFor = true });

        Assert.Contains("X-Forwarded-For: " + expected, FieldsOf(message));
    }

    [Theory]
    [InlineData("/dist/a%20b%2541?x=%zz&y=\"<>^{|}\\")]
    [InlineData("/dist/../x/./%2e%2e/y//z")]
    public void To_OddTarget_AsItIs(string target)
    {
        var message = Ask("GET", "", new OriginOptions(), target);

        Assert.Equal(target, message.RequestUri!.PathAndQuery);
    }

    private static HttpRequestMessage Ask(string method, string fields, OriginOptions options, string target = "/dist/x")
    {
        var headers = new HeaderDictionary();
        foreach (var field in fields.Split('|', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = field.IndexOf(':', StringComparison.Ordinal);
            headers[field[..colon]] = StringValues.Concat(headers[field[..colon]], field[(colon + 1)..].Trim());
        }

        var client = IPAddress.Parse("::ffff:10.0.0.9");
        using var server = new OriginServer(new Uri("http://origin.example:81"), options, Clock);
        return new OriginRequest(method, target, headers, client, "HTTP/1.1", options, Clock).To(server);
    }

    private static IEnumerable<string> FieldsOf(HttpRequestMessage message) =>
        message.Headers.NonValidated.Select(static field => $"{field.Key}: {field.Value}").Order(StringComparer.Ordinal);
}
