using System.Text;
using ReleaseServer.Testing.Http;

namespace ReleaseServer.Tests.Conformance;

/// <summary>RFC 9110 §14: range requests, on an object of 100 bytes that counts 0123456789 ten times.</summary>
public sealed class RangeTests(ConformanceServer server)
{
    [Theory]
    [InlineData("bytes=0-4", 0, 4)]
    [InlineData("bytes=5-5", 5, 5)]
    [InlineData("bytes=0-0", 0, 0)]
    [InlineData("bytes=95-", 95, 99)]
    [InlineData("bytes=99-", 99, 99)]
    [InlineData("bytes=0-99", 0, 99)]
    [InlineData("bytes=0-", 0, 99)]
    [InlineData("bytes=90-100", 90, 99)]
    [InlineData("bytes=90-99999999999999999999999999999", 90, 99)]
    [InlineData("BYTES=1-2", 1, 2)]
    [InlineData("bytes= 1-2 ", 1, 2)]
    [InlineData("bytes=,1-2,", 1, 2)]
    [InlineData("bytes=001-02", 1, 2)]
    public Task Range_One_206(string range, int first, int last) => PartAsync(range, first, last);

    [Theory]
    [InlineData("bytes=-1", 99, 99)]
    [InlineData("bytes=-10", 90, 99)]
    [InlineData("bytes=-100", 0, 99)]
    [InlineData("bytes=-101", 0, 99)]
    [InlineData("bytes=-99999999999999999999999999999", 0, 99)]
    public Task Suffix_Length_LastBytes(string range, int first, int last) => PartAsync(range, first, last);

    [Theory]
    [InlineData("bytes=100-")]
    [InlineData("bytes=100-200")]
    [InlineData("bytes=99999999999999999999999999999-")]
    [InlineData("bytes=-0")]
    [InlineData("bytes=100-101,200-")]
    [InlineData("bytes=10-5")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=1")]
    [InlineData("bytes=--1")]
    [InlineData("bytes=1-5x")]
    [InlineData("bytes=0x0-0x5")]
    [InlineData("bytes=")]
    public async Task Unsatisfiable_Range_416WithLength(string range)
    {
        var response = await server.GetAsync(ConformanceServer.Digits, "Range: " + range);

        Assert.Equal(416, response.Status);
        Assert.Equal("bytes */100", response["Content-Range"]);
        Assert.Equal(ConformanceServer.NoStore, response["Cache-Control"]);
    }

    [Theory]
    [InlineData("lines=0-4")]
    [InlineData("bytes 0-4")]
    [InlineData("none")]
    [InlineData("bytes=0-90,5-99")]
    public async Task Range_UnknownUnitOrMoreThanAll_WholeRepresentation(string range)
    {
        var response = await server.GetAsync(ConformanceServer.Digits, "Range: " + range);

        Assert.Equal(200, response.Status);
        Assert.Equal(ConformanceServer.DigitsContent, response.Text);
    }

    [Fact]
    public async Task Range_TwoLines_Ignored()
    {
        Assert.Equal(200, (await server.GetAsync(ConformanceServer.Digits, "Range: bytes=0-4", "Range: bytes=5-9")).Status);
    }

    [Fact]
    public async Task Range_VeryMany_Ignored()
    {
        var range = "Range: bytes=" + string.Join(',', Enumerable.Range(0, 500).Select(static _ => "0-0"));

        Assert.Equal(200, (await server.GetAsync(ConformanceServer.Digits, range)).Status);
    }

    [Fact]
    public async Task Range_EmptyFile_Whole()
    {
        Assert.Equal(200, (await server.GetAsync("/dist/v1.0.0/empty.bin", "Range: bytes=0-4")).Status);
    }

    [Theory]
    [InlineData("/dist/", 200)]
    [InlineData("/dist", 301)]
    [InlineData("/dist/missing", 404)]
    [InlineData("/traffic-manager", 204)]
    public async Task Range_NoFile_Ignored(string target, int status)
    {
        var response = await server.GetAsync(target, "Range: bytes=0-4");

        Assert.Equal(status, response.Status);
        Assert.Null(response["Content-Range"]);
    }

    [Fact]
    public async Task Partial_File_FieldsThatA200WouldHave()
    {
        var whole = await server.GetAsync("/dist/index.json");
        var part = await server.GetAsync("/dist/index.json", "Range: bytes=0-4");

        Assert.Equal(206, part.Status);
        string[] names = ["ETag", "Last-Modified", "Cache-Control", "Vary", "Access-Control-Allow-Origin", "Content-Type", "Accept-Ranges"];
        Assert.All(names, name => Assert.Equal(whole[name], part[name]));
    }

    [Fact]
    public async Task AcceptRanges_File_Bytes()
    {
        Assert.Equal("bytes", (await server.GetAsync(ConformanceServer.Digits))["Accept-Ranges"]);
        Assert.Null((await server.GetAsync("/dist/"))["Accept-Ranges"]);
    }

    [Theory]
    [InlineData("bytes=0-4,10-14", "0-4:01234|10-14:01234")]
    [InlineData("bytes=0-0, 50-51 ,-1", "0-0:0|50-51:01|99-99:9")]
    [InlineData("bytes=20-21,0-1", "20-21:01|0-1:01")]
    [InlineData("bytes=0-4,2-6", "0-4:01234|2-6:23456")]
    [InlineData("bytes=0-4,200-,10-14", "0-4:01234|10-14:01234")]
    public async Task Multipart_SeveralRanges_APartEach(string range, string expected)
    {
        var response = await server.GetAsync(ConformanceServer.Digits, "Range: " + range);

        Assert.Equal(206, response.Status);
        Assert.Null(response["Content-Range"]);
        Assert.Equal(BodyFraming.Length, response.Framing);
        Assert.Equal(expected, PartsOf(response));
    }

    [Fact]
    public async Task Multipart_OneRangeLeft_Plain206()
    {
        var response = await server.GetAsync(ConformanceServer.Digits, "Range: bytes=500-,3-5");

        Assert.Equal(206, response.Status);
        Assert.Equal("bytes 3-5/100", response["Content-Range"]);
        Assert.Equal("345", response.Text);
    }

    [Theory]
    [InlineData("{tag}", 206)]
    [InlineData(ConformanceServer.LastModified, 206)]
    [InlineData("Thu Jan  2 03:04:05 2020", 206)]
    [InlineData("W/{tag}", 200)]
    [InlineData("\"other\"", 200)]
    [InlineData("Thu, 02 Jan 2020 03:04:04 GMT", 200)]
    [InlineData("Thu, 02 Jan 2020 03:04:06 GMT", 200)]
    [InlineData("garbage", 200)]
    [InlineData("*", 200)]
    public async Task IfRange_Value_PartOnlyOfTheSameRepresentation(string value, int status)
    {
        var tag = (await server.HeadAsync(ConformanceServer.Digits))["ETag"];
        var field = "If-Range: " + value.Replace("{tag}", tag, StringComparison.Ordinal);

        var response = await server.GetAsync(ConformanceServer.Digits, "Range: bytes=0-4", field);

        Assert.Equal(status, response.Status);
        Assert.Equal(status == 206 ? "01234" : ConformanceServer.DigitsContent, response.Text);
    }

    [Fact]
    public async Task IfRange_FailedAndUnsatisfiable_200()
    {
        Assert.Equal(200, (await server.GetAsync(ConformanceServer.Digits, "Range: bytes=500-", "If-Range: \"other\"")).Status);
        Assert.Equal(200, (await server.GetAsync(ConformanceServer.Digits, "If-Range: \"other\"")).Status);
    }

    [Theory]
    [InlineData("bytes=0-4", 206)]
    [InlineData("bytes=0-4,10-14", 206)]
    [InlineData("bytes=9999-", 416)]
    public async Task Range_OfCompressibleWithGzip_IdentityForm(string range, int status)
    {
        var response = await server.GetAsync(ConformanceServer.Text, "Range: " + range, "Accept-Encoding: gzip");

        Assert.Equal(status, response.Status);
        Assert.Null(response["Content-Encoding"]);
        if (status == 206)
        {
            Assert.False(response["ETag"]!.StartsWith("W/", StringComparison.Ordinal));
            Assert.Contains("line ", response.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Range_OfStoredCoding_BytesOfTheCodedForm()
    {
        var whole = await server.GetAsync("/dist/v1.0.0/stored.txt");
        var part = await server.GetAsync("/dist/v1.0.0/stored.txt", "Range: bytes=0-4");

        Assert.Equal("gzip", part["Content-Encoding"]);
        Assert.Equal(whole.Body[..5], part.Body);
    }

    // Reads the multipart body by the letter of RFC 2046 §5.1.1.
    private static string PartsOf(RawResponse response)
    {
        const string Start = "multipart/byteranges; boundary=";
        Assert.StartsWith(Start, response["Content-Type"], StringComparison.Ordinal);
        var boundary = response["Content-Type"]![Start.Length..];
        var pieces = ("\r\n" + Encoding.Latin1.GetString(response.Body)).Replace("\r\n\r\n--" + boundary, "\r\n--" + boundary, StringComparison.Ordinal)
            .Split("\r\n--" + boundary);
        Assert.Equal("", pieces[0]);
        Assert.Equal("--\r\n", pieces[^1]);
        return string.Join('|', pieces[1..^1].Select(static piece =>
        {
            var end = piece.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            Assert.Contains("\r\nContent-Type: application/octet-stream", piece[..end], StringComparison.Ordinal);
            var range = piece[..end].Split("\r\n").Single(static line => line.StartsWith("Content-Range: bytes ", StringComparison.Ordinal));
            Assert.EndsWith("/100", range, StringComparison.Ordinal);
            return $"{range["Content-Range: bytes ".Length..^4]}:{piece[(end + 4)..]}";
        }));
    }

    private async Task PartAsync(string range, int first, int last)
    {
        var response = await server.GetAsync(ConformanceServer.Digits, "Range: " + range);

        Assert.Equal(206, response.Status);
        Assert.Equal($"bytes {first}-{last}/100", response["Content-Range"]);
        Assert.Equal(ConformanceServer.DigitsContent[first..(last + 1)], response.Text);
    }
}
