using ReleaseServer.Testing.Http;

namespace ReleaseServer.Tests.Conformance;

/// <summary>RFC 9110 §13: conditional requests. In the rows <c>{tag}</c> is the current entity tag.</summary>
public sealed class ConditionalTests(ConformanceServer server)
{
    private const string Earlier = "Thu, 02 Jan 2020 03:04:04 GMT";
    private const string Same = ConformanceServer.LastModified;
    private const string Later = "Thu, 02 Jan 2020 03:04:06 GMT";

    [Theory]
    [InlineData("{tag}", 200)]
    [InlineData("*", 200)]
    [InlineData("\"other\", {tag}", 200)]
    [InlineData("\"other\",,{tag},", 200)]
    [InlineData("\"other\"", 412)]
    [InlineData("W/{tag}", 412)]
    [InlineData("\"a,b\", \"c\"", 412)]
    [InlineData("garbage", 412)]
    public Task IfMatch_Value_StronglyCompared(string value, int status) => ConditionAsync(status, "If-Match: " + value);

    [Theory]
    [InlineData("{tag}", 304)]
    [InlineData("W/{tag}", 304)]
    [InlineData("*", 304)]
    [InlineData("\"other\", W/{tag}", 304)]
    [InlineData("\"x,y\",{tag}", 304)]
    [InlineData("\"other\"", 200)]
    [InlineData("garbage", 200)]
    [InlineData("\"*\"", 200)]
    public Task IfNoneMatch_Value_WeaklyCompared(string value, int status) => ConditionAsync(status, "If-None-Match: " + value);

    [Fact]
    public Task IfNoneMatch_RepeatedLines_OneList() => ConditionAsync(304, "If-None-Match: \"a\"", "If-None-Match: {tag}");

    [Theory]
    [InlineData(Earlier, 200)]
    [InlineData(Same, 304)]
    [InlineData(Later, 304)]
    [InlineData("Thursday, 02-Jan-20 03:04:05 GMT", 304)]
    [InlineData("Thu Jan  2 03:04:05 2020", 304)]
    [InlineData("Thu Jan  2 03:04:04 2020", 200)]
    [InlineData("Thu, 02 Jan 2020 03:04:05 +0000", 200)]
    [InlineData("Thu, 02 Jan 2020", 200)]
    [InlineData("1577934245", 200)]
    [InlineData("never", 200)]
    public Task IfModifiedSince_Date_NotLaterIs304(string date, int status) => ConditionAsync(status, "If-Modified-Since: " + date);

    [Theory]
    [InlineData(Earlier, 412)]
    [InlineData(Same, 200)]
    [InlineData(Later, 200)]
    [InlineData("Thu Jan  2 03:04:04 2020", 412)]
    [InlineData("Thursday, 02-Jan-20 03:04:04 GMT", 412)]
    [InlineData("never", 200)]
    public Task IfUnmodifiedSince_Date_LaterIs412(string date, int status) => ConditionAsync(status, "If-Unmodified-Since: " + date);

    [Theory]
    [InlineData("If-Match: {tag}|If-Unmodified-Since: " + Earlier, 200)]
    [InlineData("If-Match: \"other\"|If-Unmodified-Since: " + Later, 412)]
    [InlineData("If-None-Match: \"other\"|If-Modified-Since: " + Later, 200)]
    [InlineData("If-None-Match: {tag}|If-Modified-Since: " + Earlier, 304)]
    [InlineData("If-Match: \"other\"|If-None-Match: {tag}", 412)]
    [InlineData("If-Match: {tag}|If-None-Match: {tag}", 304)]
    [InlineData("If-Unmodified-Since: " + Earlier + "|If-None-Match: {tag}", 412)]
    [InlineData("If-Unmodified-Since: " + Later + "|If-Modified-Since: " + Same, 304)]
    [InlineData("If-Match: {tag}|If-None-Match: \"other\"", 200)]
    public Task Precedence_SeveralFields_InTheOrderOfTheRfc(string fields, int status) => ConditionAsync(status, fields.Split('|'));

    [Theory]
    [InlineData("If-None-Match: {tag}", 304)]
    [InlineData("If-Match: \"other\"", 412)]
    [InlineData("If-Match: {tag}", 206)]
    public async Task Precedence_WithRange_ConditionsFirst(string condition, int status)
    {
        var response = await AskAsync("GET", ConformanceServer.Digits, condition, "Range: bytes=0-4");

        Assert.Equal(status, response.Status);
        Assert.Equal(status == 206, response["Content-Range"] is not null);
    }

    [Theory]
    [InlineData("/dist/missing", 404)]
    [InlineData("/dist/missing/", 404)]
    [InlineData("/dist", 301)]
    [InlineData("/api.html", 301)]
    [InlineData("/traffic-manager", 204)]
    public async Task Conditions_NoRepresentation_NotEvaluated(string target, int status)
    {
        Assert.Equal(status, (await server.GetAsync(target, "If-None-Match: *")).Status);
        Assert.Equal(status, (await server.GetAsync(target, "If-Match: \"x\"")).Status);
    }

    [Fact]
    public async Task Conditions_OtherMethod_NotEvaluated()
    {
        Assert.Equal(405, (await server.AskAsync("PUT", ConformanceServer.Digits, "If-Match: \"x\"", "Content-Length: 0")).Status);
        Assert.Equal(204, (await server.AskAsync("OPTIONS", ConformanceServer.Digits, "If-None-Match: *")).Status);
    }

    [Theory]
    [InlineData("If-None-Match: *", 304)]
    [InlineData("If-Match: \"x\"", 412)]
    [InlineData("If-Match: *", 200)]
    [InlineData("If-Modified-Since: " + Same, 304)]
    [InlineData("If-Modified-Since: " + Earlier, 200)]
    [InlineData("If-Unmodified-Since: " + Earlier, 412)]
    public async Task Listing_Condition_ByItsLastModified(string condition, int status)
    {
        Assert.Equal(status, (await server.GetAsync("/dist/v1.0.0/", condition)).Status);
        Assert.Equal(status, (await server.HeadAsync("/dist/v1.0.0/", condition)).Status);
    }

    [Fact]
    public async Task IndexPage_ItsTag_304()
    {
        var tag = (await server.GetAsync("/api/"))["ETag"];

        Assert.Equal(304, (await server.GetAsync("/api/", "If-None-Match: " + tag)).Status);
    }

    [Theory]
    [InlineData("/dist/v1.0.0/digits.bin")]
    [InlineData("/dist/index.json")]
    [InlineData("/download/release/index.json")]
    [InlineData("/dist/v1.0.0/SHASUMS256.txt")]
    public async Task NotModified_File_FieldsThatA200WouldHave(string target)
    {
        var whole = await server.GetAsync(target);
        var response = await server.GetAsync(target, "If-None-Match: *");

        // RFC 9110 §15.4.5: Content-Location, Date, ETag, Vary; Cache-Control and Expires.
        Assert.Equal(304, response.Status);
        Assert.Empty(response.Body);
        Assert.NotNull(response["Date"]);
        string[] names = ["ETag", "Last-Modified", "Cache-Control", "Vary", "Access-Control-Allow-Origin", "X-Robots-Tag"];
        Assert.All(names, name => Assert.Equal(whole[name], response[name]));
        Assert.Null(response["Content-Type"]);
        Assert.Null(response["Content-Encoding"]);
    }

    [Fact]
    public async Task PreconditionFailed_File_NotCacheable()
    {
        var response = await server.GetAsync(ConformanceServer.Digits, "If-Match: \"x\"");

        Assert.Equal(412, response.Status);
        Assert.Equal(ConformanceServer.NoStore, response["Cache-Control"]);
        Assert.Null(response["ETag"]);
    }

    private async Task ConditionAsync(int status, params string[] fields)
    {
        Assert.Equal(status, (await AskAsync("GET", ConformanceServer.Digits, fields)).Status);
        Assert.Equal(status, (await AskAsync("HEAD", ConformanceServer.Digits, fields)).Status);
    }

    private async Task<RawResponse> AskAsync(string method, string target, params string[] fields)
    {
        var tag = (await server.HeadAsync(target))["ETag"];
        return await server.AskAsync(method, target, [.. fields.Select(field => field.Replace("{tag}", tag, StringComparison.Ordinal))]);
    }
}
