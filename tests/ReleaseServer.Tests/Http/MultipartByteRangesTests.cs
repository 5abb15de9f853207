using System.Text;
using ReleaseServer.Http;

namespace ReleaseServer.Tests.Http;

public sealed class MultipartByteRangesTests
{
    private const string Boundary = "00000000000000000042";

    [Fact]
    public void Frame_TwoRanges_BodyOfTheAnnouncedLength()
    {
        var content = Encoding.ASCII.GetBytes("abcdefghij");
        var multipart = new MultipartByteRanges(RangeHeader.Select("bytes=7-,0-1", 10), 10, "text/plain", Boundary);

        var body = Assemble(multipart, content);

        const string expected = """

            --00000000000000000042
            Content-Type: text/plain
            Content-Range: bytes 7-9/10

            hij
            --00000000000000000042
            Content-Type: text/plain
            Content-Range: bytes 0-1/10

            ab
            --00000000000000000042--

            """;
        Assert.Equal(expected.ReplaceLineEndings("\r\n"), Encoding.ASCII.GetString(body));
        Assert.Equal(body.Length, multipart.ContentLength);
        Assert.Equal("multipart/byteranges; boundary=00000000000000000042", multipart.ContentType);
    }

    [Fact]
    public void Frame_NoPartType_NoLineForIt()
    {
        var multipart = new MultipartByteRanges(RangeHeader.Select("bytes=0-0,2-2", 10), 10, null, Boundary);

        var header = Encoding.ASCII.GetString(multipart.PartHeader(1).Span);

        Assert.Equal("\r\n--00000000000000000042\r\nContent-Range: bytes 2-2/10\r\n\r\n", header);
    }

    [Fact]
    public void Frame_VastFile_LengthAddedInLongs()
    {
        const long length = 8L << 40;
        var multipart = new MultipartByteRanges(RangeHeader.Select("bytes=0-4398046511103,-9", length), length, "text/plain", Boundary);

        var framing = multipart.PartHeader(0).Length + multipart.PartHeader(1).Length + multipart.Closing.Length;

        Assert.Equal(2, multipart.Count);
        Assert.Equal((4L << 40) + 9 + framing, multipart.ContentLength);
        Assert.Equal(new ByteRange(length - 9, length - 1), multipart.PartRange(1));
    }

    [Fact]
    public void ContentRange_RangeAndRefusal_AsTheRfcWritesThem()
    {
        var texts = (ContentRange.Format(new ByteRange(42, 1233), 1234), ContentRange.FormatUnsatisfied(47022));

        Assert.Equal(("bytes 42-1233/1234", "bytes */47022"), texts);
    }

    private static byte[] Assemble(MultipartByteRanges multipart, byte[] content)
    {
        using var body = new MemoryStream();
        for (var part = 0; part < multipart.Count; part++)
        {
            var range = multipart.PartRange(part);
            body.Write(multipart.PartHeader(part).Span);
            body.Write(content, (int)range.First, (int)range.Length);
        }

        body.Write(multipart.Closing.Span);
        return body.ToArray();
    }
}
