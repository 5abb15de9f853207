using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Testing.S3;
using GetObjectMetadataResponse = Amazon.S3.Model.GetObjectMetadataResponse;

namespace ReleaseServer.Tests.Buckets;

public sealed class S3MetadataTests : IAsyncLifetime
{
    private static readonly AssetKey X = AssetKey.TryCreate("x", out var key) ? key : default;
    private static readonly DateTimeOffset Stored = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private S3Stub _stub = null!;
    private S3Bucket _bucket = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _stub = await S3Stub.StartAsync();
        _bucket = new S3Bucket(_stub.AddBucket("metadata"));
    }

    public async ValueTask DisposeAsync()
    {
        _bucket.Dispose();
        await _stub.DisposeAsync();
    }

    [Theory]
    [InlineData("\"9dd4e461268c8034f5c8564e155c67a6\"", "\"9dd4e461268c8034f5c8564e155c67a6\"")]
    [InlineData("\"9dd4e461268c8034f5c8564e155c67a6-12\"", "\"9dd4e461268c8034f5c8564e155c67a6-12\"")]
    [InlineData("\"no-hex, no MD5\"", "\"date-695735a5-7\"")]
    [InlineData("\"not-hex\"", "\"not-hex\"")]
    [InlineData("9dd4e461268c8034f5c8564e155c67a6", "\"9dd4e461268c8034f5c8564e155c67a6\"")]
    [InlineData("abc", "\"abc\"")]
    [InlineData("W/\"x\"", "W/\"x\"")]
    [InlineData("\"half", "\"date-695735a5-7\"")]
    [InlineData("", "\"date-695735a5-7\"")]
    [InlineData("\"caf\u00e9\"", "\"date-695735a5-7\"")]
    public async Task Tag_AnyFormThatStoresSend_SameTagEverywhereAndBytesToTheEnd(string sent, string expected)
    {
        _stub.Put("metadata", "x", StubObject.Of("content"u8.ToArray()) with { EntityTag = sent, LastModified = Stored });
        Assert.True(EntityTag.TryParse(expected, out var tag));

        var head = await _bucket.HeadAsync(X, Token);
        await using var opened = await _bucket.OpenAsync(X, null, null, Token);
        var entry = await _bucket.ListAsync(string.Empty, ListDepth.All, Token).SingleAsync(Token);

        Assert.Equal(tag, head!.EntityTag);
        Assert.Equal(tag, opened!.Metadata.EntityTag);
        Assert.Equal(tag, entry.EntityTag);
        using var reader = new StreamReader(opened.Body);
        Assert.Equal("content", await reader.ReadToEndAsync(Token));
    }

    [Theory]
    [InlineData("W/\"x\"")]
    [InlineData("")]
    [InlineData("\"quoted\"")]
    public async Task Open_ExpectedTagAsHeadGaveIt_Opens(string sent)
    {
        _stub.Put("metadata", "x", StubObject.Of("content"u8.ToArray()) with { EntityTag = sent });
        var head = await _bucket.HeadAsync(X, Token);

        await using var opened = await _bucket.OpenAsync(X, new ByteRange(1, 2), head!.EntityTag, Token);

        Assert.Equal(head, opened!.Metadata);
    }

    [Theory]
    [InlineData("1577934245.678", "2020-01-02T03:04:05.678Z")]
    [InlineData("1577934245.6781239", "2020-01-02T03:04:05.6781239Z")]
    [InlineData("1577934245.678123999", "2020-01-02T03:04:05.6781239Z")]
    [InlineData("1557100800", "2019-05-06T00:00:00Z")]
    [InlineData("0", "1970-01-01T00:00:00Z")]
    [InlineData("-1", null)]
    [InlineData("-62135596800", null)]
    [InlineData("1e9", null)]
    [InlineData("99999999999999999999999999999999", null)]
    [InlineData("253402300800", null)]
    [InlineData("yesterday", null)]
    [InlineData("", null)]
    public async Task Modified_MetadataMtime_ThatDateOrElseTheStores(string mtime, string? expected)
    {
        _stub.Put("metadata", "x", StubObject.Of([]) with { LastModified = Stored, Fields = new Dictionary<string, string> { ["x-amz-meta-mtime"] = mtime } });

        var head = await _bucket.HeadAsync(X, Token);

        Assert.Equal(expected is null ? Stored : DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), head!.Modified);
        Assert.Equal(TimeSpan.Zero, head.Modified.Offset);
    }

    [Theory]
    [InlineData("text/html; charset=utf-8", "text/html; charset=utf-8")]
    [InlineData("application/octet-stream", "application/octet-stream")]
    [InlineData("binary/octet-stream", null)]
    [InlineData("application/x-www-form-urlencoded", null)]
    [InlineData("text/caf\u00e9", null)]
    [InlineData(null, null)]
    public async Task ContentType_PlaceholderOrNoneOrUnsendable_Null(string? stored, string? expected)
    {
        var fields = stored is null ? [] : new Dictionary<string, string> { ["Content-Type"] = stored };
        _stub.Put("metadata", "x", StubObject.Of([]) with { Fields = fields });

        Assert.Equal(expected, (await _bucket.HeadAsync(X, Token))!.ContentType);
        await using var opened = await _bucket.OpenAsync(X, null, null, Token);
        Assert.Equal(expected, opened!.Metadata.ContentType);
    }

    [Fact]
    public async Task ContentEncoding_Stored_GivenAndBytesLeftCoded()
    {
        _stub.Put("metadata", "x", StubObject.Of([1, 2, 3]) with { Fields = new Dictionary<string, string> { ["Content-Encoding"] = "gzip" } });

        await using var opened = await _bucket.OpenAsync(X, null, null, Token);

        Assert.Equal("gzip", opened!.Metadata.ContentEncoding);
        var bytes = new byte[3];
        await opened.Body.ReadExactlyAsync(bytes, Token);
        Assert.Equal([1, 2, 3], bytes);
    }

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("aws-chunked", null)]
    [InlineData("aws-chunked,gzip", "gzip")]
    [InlineData("gzip, AWS-Chunked , br", "gzip, br")]
    [InlineData("identity", null)]
    [InlineData("aws-chunked, identity", null)]
    [InlineData(",", null)]
    [InlineData("caf\u00e9", null)]
    public async Task ContentEncoding_WhatIsNoneOrUnsendable_LeftOut(string stored, string? expected)
    {
        _stub.Put("metadata", "x", StubObject.Of([]) with { Fields = new Dictionary<string, string> { ["Content-Encoding"] = stored } });

        Assert.Equal(expected, (await _bucket.HeadAsync(X, Token))!.ContentEncoding);
        await using var opened = await _bucket.OpenAsync(X, null, null, Token);
        Assert.Equal(expected, opened!.Metadata.ContentEncoding);
    }

    // The stub's Kestrel does not send them, and other stores do.
    [Theory]
    [InlineData("a\u0001b")]
    [InlineData("a\tb")]
    [InlineData("a\u007fb")]
    public void Read_ControlCharacters_NotStoredAndTagMade(string value)
    {
        var response = new GetObjectMetadataResponse { ETag = $"\"{value}\"", LastModified = Stored.UtcDateTime };
        response.Headers["Content-Length"] = "7";
        response.Headers.ContentType = value;
        response.Metadata[S3WireHandler.ContentEncodingMetadata] = value;

        var metadata = S3ObjectMetadata.Read(response, tagIsMd5: true);

        Assert.Equal(new RepresentationMetadata(7, new EntityTag("\"date-695735a5-7\""), Stored), metadata);
    }

    [Theory]
    [InlineData("2020-01-02T03:04:05Z", "1577934245")]
    [InlineData("2020-01-02T03:04:05.678Z", "1577934245.678")]
    [InlineData("2020-01-02T03:04:05.6Z", "1577934245.6")]
    [InlineData("2020-01-02T03:04:05.6781239Z", "1577934245.6781239")]
    public async Task Write_WithDate_DecimalSecondsAsOtherToolsWriteThem(string date, string expected)
    {
        var modified = DateTimeOffset.Parse(date, System.Globalization.CultureInfo.InvariantCulture);

        await _bucket.WriteAsync(X, default, new ObjectAttributes(Modified: modified), WriteCondition.None, Token);

        Assert.Equal(expected, _stub.Calls.Single().Fields["x-amz-meta-mtime"]);
    }
}
