namespace ReleaseServer.Tests.Conformance;

/// <summary>What answers tell caches and people of the cache (RFC 9111 §5.1, RFC 9211; docs/http-behaviour.md, Caches).</summary>
public sealed class CacheFieldTests(ConformanceServer server)
{
    private const string Keys =
        "key:nodejs/release/v1.0.0/digits.bin, release:v1.0.0, class:release, {0}dir:nodejs/release/v1.0.0/, dir:nodejs/release/, dir:nodejs/, dir:";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ConformanceServer.Digits, 200)]
    [InlineData(ConformanceServer.Text, 200, "Accept-Encoding: gzip")]
    [InlineData(ConformanceServer.Digits, 206, "Range: bytes=0-4")]
    [InlineData(ConformanceServer.Digits, 304, "If-None-Match: *")]
    [InlineData(ConformanceServer.Digits, 412, "If-Match: \"other\"")]
    [InlineData(ConformanceServer.Digits, 416, "Range: bytes=1000-")]
    [InlineData("/dist/odd/", 200)]
    [InlineData("/dist/odd/", 304, "If-None-Match: *")]
    public async Task CacheStatusAndAge_AnswerThroughACache_Told(string target, int status, params string[] fields)
    {
        await server.Cached.AskAsync("GET", target, Token, fields);

        var response = await server.Cached.AskAsync("GET", target, Token, fields);

        Assert.Equal(status, response.Status);
        Assert.Equal("ReleaseServer; hit", response["Cache-Status"]);
        Assert.Matches("^[0-9]{1,4}$", response["Age"]);
    }

    [Theory]
    [InlineData(ConformanceServer.Digits)]
    [InlineData("/dist/odd/")]
    [InlineData("/dist")]
    [InlineData("/dist/missing")]
    public async Task CacheStatusAndAge_WithoutACache_Absent(string target)
    {
        var response = await server.Server.AskAsync("GET", target, Token);

        Assert.Null(response["Cache-Status"]);
        Assert.Null(response["Age"]);
    }

    [Theory]
    [InlineData("/dist/v1.0.0/digits.bin", 200, "")]
    [InlineData("/dist/latest/digits.bin", 200, "link:nodejs/release/latest, ")]
    [InlineData("/dist/latest/digits.bin", 206, "link:nodejs/release/latest, ", "Range: bytes=0-4")]
    [InlineData("/dist/latest/digits.bin", 304, "link:nodejs/release/latest, ", "If-None-Match: *")]
    [InlineData("/dist/latest/digits.bin", 412, "link:nodejs/release/latest, ", "If-Match: \"other\"")]
    [InlineData("/dist/latest/digits.bin", 416, "link:nodejs/release/latest, ", "Range: bytes=1000-")]
    public async Task CacheTag_File_SurrogateKeysOfKeyDirectoriesAndLinks(string target, int status, string links, params string[] fields)
    {
        var response = await server.GetAsync(target, fields);

        Assert.Equal(status, response.Status);
        Assert.Equal(Keys.Replace("{0}", links, StringComparison.Ordinal), response["Cache-Tag"]);
    }

    [Theory]
    [InlineData("/dist/latest/", 200, "key:nodejs/release/v1.0.0/, release:v1.0.0, class:listing, link:nodejs/release/latest, dir:nodejs/release/v1.0.0/, dir:nodejs/release/, dir:nodejs/, dir:")]
    [InlineData("/dist/v1.0.0", 301, "key:nodejs/release/v1.0.0, release:v1.0.0, class:listing, dir:nodejs/release/v1.0.0/, dir:nodejs/release/, dir:nodejs/, dir:")]
    [InlineData("/dist/missing", 404, "key:nodejs/release/missing, class:absence, dir:nodejs/release/, dir:nodejs/, dir:")]
    [InlineData("/dist/odd/a%20b.txt", 200, "key:nodejs/release/odd/a%20b.txt, class:other, dir:nodejs/release/odd/, dir:nodejs/release/, dir:nodejs/, dir:")]
    [InlineData("/dist/odd/%C3%BCn%C3%AF.txt", 200, "key:nodejs/release/odd/%C3%BCn%C3%AF.txt, class:other, dir:nodejs/release/odd/, dir:nodejs/release/, dir:nodejs/, dir:")]
    [InlineData("/api/", 200, "key:nodejs/release/v1.0.0/docs/api/index.html, release:v1.0.0, class:release, link:nodejs/docs/latest, dir:nodejs/release/v1.0.0/docs/api/, dir:nodejs/release/v1.0.0/docs/, dir:nodejs/release/v1.0.0/, dir:nodejs/release/, dir:nodejs/, dir:")]
    [InlineData("/dist/staging/x", 301, null)]
    [InlineData("/nowhere", 404, null)]
    public async Task CacheTag_OtherAnswers_WhereTheKeyIsKnown(string target, int status, string? keys)
    {
        var response = await server.GetAsync(target);

        Assert.Equal(status, response.Status);
        Assert.Equal(keys, response["Cache-Tag"]);
    }
}
