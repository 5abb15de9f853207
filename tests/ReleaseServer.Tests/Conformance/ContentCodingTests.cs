using System.IO.Compression;
using System.Text;
using ReleaseServer.Testing.Http;

namespace ReleaseServer.Tests.Conformance;

/// <summary>RFC 9110 §8.4 and §12.5.3: content codings made on the way.</summary>
public sealed class ContentCodingTests(ConformanceServer server)
{
    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("GZIP", "gzip")]
    [InlineData("x-gzip", "gzip")]
    [InlineData("deflate, gzip;q=1.0, *;q=0.5", "gzip")]
    [InlineData("gzip;q=0.5", "gzip")]
    [InlineData("gzip; q=0.001", "gzip")]
    [InlineData("br", "br")]
    [InlineData("gzip, br", "br")]
    [InlineData("gzip;q=1, br;q=0.9", "gzip")]
    [InlineData("identity;q=0.5, gzip;q=0.6", "gzip")]
    [InlineData("gzip;q=0", null)]
    [InlineData("gzip;q=0.000, br;q=0", null)]
    [InlineData("identity, gzip;q=0.5", null)]
    [InlineData("identity", null)]
    [InlineData("deflate", null)]
    [InlineData("*", null)]
    [InlineData("gzip;q=2", null)]
    [InlineData("gzip;q=", null)]
    [InlineData("identity;q=0", null)]
    public async Task AcceptEncoding_Value_CodingThatTheClientPrefers(string value, string? coding)
    {
        var file = await server.GetAsync(ConformanceServer.Text, "Accept-Encoding: " + value);
        var listing = await server.GetAsync("/dist/v1.0.0/", "Accept-Encoding: " + value);

        Assert.Equal(coding, file["Content-Encoding"]);
        Assert.Equal(coding, listing["Content-Encoding"]);
        Assert.Equal(ConformanceServer.TextContent, Decoded(file));
        Assert.Contains("Index of /dist/v1.0.0/", Decoded(listing), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AcceptEncoding_RepeatedLines_OneList()
    {
        Assert.Equal("gzip", (await server.GetAsync(ConformanceServer.Text, "Accept-Encoding: identity;q=0.1", "Accept-Encoding: gzip"))["Content-Encoding"]);
    }

    [Fact]
    public async Task AcceptEncoding_Absent_Identity()
    {
        var response = await server.GetAsync(ConformanceServer.Text);

        Assert.Null(response["Content-Encoding"]);
        Assert.Equal(BodyFraming.Length, response.Framing);
    }

    [Theory]
    [InlineData("Accept-Encoding: gzip")]
    [InlineData("Accept-Encoding: identity")]
    [InlineData("Accept: */*")]
    public async Task Vary_Compressible_NamesAcceptEncodingInEveryForm(string field)
    {
        Assert.True((await server.GetAsync(ConformanceServer.Text, field)).Has("Vary", "Accept-Encoding"));
        Assert.True((await server.GetAsync("/dist/", field)).Has("Vary", "Accept-Encoding"));
    }

    [Theory]
    [InlineData(ConformanceServer.Digits)]
    [InlineData("/dist/v1.0.0/node-v1.0.0.tar.gz")]
    [InlineData("/dist/v1.0.0/tiny.txt")]
    [InlineData("/dist/v1.0.0/typed.txt")]
    public async Task Coding_ArchiveOrTiny_NeverAndNoVary(string target)
    {
        var response = await server.GetAsync(target, "Accept-Encoding: gzip, br");

        Assert.Null(response["Content-Encoding"]);
        Assert.Null(response["Vary"]);
        Assert.Equal("bytes", response["Accept-Ranges"]);
    }

    [Fact]
    public async Task Coding_Made_WeakTagAndNoLengthAndNoRanges()
    {
        var plain = await server.GetAsync(ConformanceServer.Text);
        var coded = await server.GetAsync(ConformanceServer.Text, "Accept-Encoding: gzip");

        Assert.Equal("W/" + plain["ETag"], coded["ETag"]);
        Assert.Equal(BodyFraming.Chunked, coded.Framing);
        Assert.Null(coded["Content-Length"]);
        Assert.Null(coded["Accept-Ranges"]);
        Assert.Equal(plain["Content-Type"], coded["Content-Type"]);
    }

    [Fact]
    public async Task Coding_RevalidatedByItsWeakTag_304WithTheSameTag()
    {
        var coded = await server.GetAsync(ConformanceServer.Text, "Accept-Encoding: gzip");

        var again = await server.GetAsync(ConformanceServer.Text, "Accept-Encoding: gzip", "If-None-Match: " + coded["ETag"]);

        Assert.Equal(304, again.Status);
        Assert.Equal(coded["ETag"], again["ETag"]);
    }

    [Fact]
    public async Task Coding_WeakTagInIfRange_Whole()
    {
        var coded = await server.GetAsync(ConformanceServer.Text, "Accept-Encoding: gzip");

        var rest = await server.GetAsync(ConformanceServer.Text, "Range: bytes=10-", "If-Range: " + coded["ETag"]);

        Assert.Equal(200, rest.Status);
    }

    [Fact]
    public async Task Coding_Stored_SentAsItIs()
    {
        var response = await server.GetAsync("/dist/v1.0.0/stored.txt", "Accept-Encoding: br, gzip");

        Assert.Equal("gzip", response["Content-Encoding"]);
        Assert.Equal("stored under a coding, by whoever uploaded it", Decoded(response));
        Assert.Null(response["Vary"]);
    }

    [Fact]
    public async Task Coding_ThroughAProxy_Identity()
    {
        Assert.Null((await server.GetAsync(ConformanceServer.Text, "Accept-Encoding: gzip", "Via: 1.1 proxy"))["Content-Encoding"]);
    }

    private static string Decoded(RawResponse response)
    {
        using var body = new MemoryStream(response.Body);
        using Stream decoder = response["Content-Encoding"] switch
        {
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            "br" => new BrotliStream(body, CompressionMode.Decompress),
            _ => body,
        };
        using var text = new StreamReader(decoder, Encoding.UTF8);
        return text.ReadToEnd();
    }
}
