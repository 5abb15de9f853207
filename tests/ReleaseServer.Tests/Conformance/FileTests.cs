namespace ReleaseServer.Tests.Conformance;

/// <summary>What a file's answer says of it (RFC 9110 §8; docs/http-behaviour.md, Files).</summary>
public sealed class FileTests(ConformanceServer server)
{
    [Fact]
    public async Task File_Get_EveryFieldAndNoOther()
    {
        var response = await server.GetAsync(ConformanceServer.Digits);

        Assert.Equal(200, response.Status);
        Assert.Equal(ConformanceServer.DigitsContent, response.Text);
        Assert.Equal("100", response["Content-Length"]);
        Assert.Equal("application/octet-stream", response["Content-Type"]);
        Assert.Equal(ConformanceServer.LastModified, response["Last-Modified"]);
        Assert.Equal("bytes", response["Accept-Ranges"]);
        Assert.Equal(ConformanceServer.Success, response["Cache-Control"]);
        Assert.Equal(
            ["Accept-Ranges", "Cache-Control", "Cache-Tag", "Content-Length", "Content-Type", "Date", "ETag", "Last-Modified", "X-Content-Type-Options"],
            response.Fields.Select(static field => field.Key).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/dist/v1.0.0/SHASUMS256.txt", "/dist/latest/SHASUMS256.txt")]
    [InlineData("/dist/index.json", "/download/release/index.json")]
    [InlineData("/api/fs.html", "/docs/latest/api/fs.html")]
    public async Task EntityTag_EveryUrlOfAnObject_SameStrongQuoted(string one, string other)
    {
        var tag = (await server.GetAsync(one))["ETag"];

        Assert.Matches("^\"[^\"]+\"$", tag);
        Assert.Equal(tag, (await server.GetAsync(other))["ETag"]);
        Assert.Equal(tag, (await server.HeadAsync(other))["ETag"]);
    }

    [Theory]
    [InlineData("/dist/index.json", "application/json")]
    [InlineData("/dist/v1.0.0/SHASUMS256.txt", "text/plain")]
    [InlineData("/dist/v1.0.0/node-v1.0.0.tar.gz", "application/gzip")]
    [InlineData("/dist/v1.0.0/digits.bin", "application/octet-stream")]
    [InlineData("/dist/odd/noext", "text/plain")]
    [InlineData("/api/", "text/html")]
    [InlineData("/dist/v1.0.0/typed.txt", "application/x-own")]
    public async Task ContentType_File_StoredOrByExtension(string target, string type)
    {
        Assert.Equal(type, (await server.GetAsync(target))["Content-Type"]);
    }

    [Theory]
    [InlineData("/dist/index.json", "*")]
    [InlineData("/download/release/index.json", "*")]
    [InlineData("/dist/latest/docs/node-config-schema.json", "*")]
    [InlineData("/node-config-schema.json", "*")]
    [InlineData("/dist/v1.0.0/SHASUMS256.txt", null)]
    [InlineData("/dist/?x=.json", null)]
    public async Task Cors_Suffix_JsonOnly(string target, string? origin)
    {
        Assert.Equal(origin, (await server.GetAsync(target))["Access-Control-Allow-Origin"]);
    }

    [Theory]
    [InlineData("/download/release/v1.0.0/SHASUMS256.txt", "noindex")]
    [InlineData("/download/", "noindex")]
    [InlineData("/dist/v1.0.0/SHASUMS256.txt", null)]
    [InlineData("/docs/", null)]
    public async Task Robots_Download_Noindex(string target, string? robots)
    {
        Assert.Equal(robots, (await server.GetAsync(target))["X-Robots-Tag"]);
    }

    [Theory]
    [InlineData("/dist/index.json")]
    [InlineData("/download/release/index.json")]
    [InlineData("/dist/")]
    [InlineData("/download/")]
    [InlineData("/api/")]
    [InlineData("/llms.txt")]
    public async Task CacheControl_Success_HourAndFourShared(string target)
    {
        Assert.Equal(ConformanceServer.Success, (await server.GetAsync(target))["Cache-Control"]);
    }

    [Fact]
    public async Task Empty_File_LengthZero()
    {
        var response = await server.GetAsync("/dist/v1.0.0/empty.bin", "Accept-Encoding: gzip");

        Assert.Equal("0", response["Content-Length"]);
        Assert.Empty(response.Body);
    }

    [Theory]
    [InlineData("/api/", "<html>the api index</html>")]
    [InlineData("/docs/latest/api/", "<html>the api index</html>")]
    [InlineData("/docs/v0.0.1/", "<html>an old page</html>")]
    public async Task IndexPage_Directory_InPlaceOfTheListing(string target, string content)
    {
        var response = await server.GetAsync(target);

        Assert.Equal(content, response.Text);
        Assert.NotNull(response["ETag"]);
        Assert.Equal(206, (await server.GetAsync(target, "Range: bytes=0-5")).Status);
    }
}
