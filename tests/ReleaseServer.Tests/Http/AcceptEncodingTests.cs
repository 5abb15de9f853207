using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Primitives;
using ReleaseServer.Http;

namespace ReleaseServer.Tests.Http;

public sealed class AcceptEncodingTests
{
    [Theory]
    [InlineData("gzip")]
    [InlineData("GZip")]
    [InlineData("x-gzip")]
    [InlineData("deflate, gzip")]
    [InlineData("gzip;q=0.001")]
    [InlineData("gzip ; Q=1.000")]
    [InlineData("gzip;q=1.0, identity;q=0.5")]
    [InlineData("gzip, identity")]
    [InlineData("gzip;q=0.5, *;q=1")]
    [InlineData("br;q=0, gzip")]
    [InlineData("br;q=0.9, gzip;q=1")]
    [InlineData("br;q=1.001, gzip;q=0.1")]
    [InlineData("identity;q=0, gzip;q=0.1")]
    [InlineData(",, gzip ,")]
    [InlineData("gzip;level=9;q=0.5")]
    public void Choose_GzipWanted_Gzip(string value)
    {
        var coding = AcceptEncoding.Choose(value);

        Assert.Equal(ContentCoding.Gzip, coding);
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip, deflate, br")]
    [InlineData("gzip, BR, zstd")]
    [InlineData("gzip;q=0.5, br;q=0.5")]
    [InlineData("gzip;q=0.4, br;q=0.5, identity;q=0.5")]
    public void Choose_BrotliAtLeastAsWelcome_Brotli(string value)
    {
        var coding = AcceptEncoding.Choose(value);

        Assert.Equal(ContentCoding.Brotli, coding);
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("*;q=1, gzip;q=0")]
    [InlineData("gzip;q=0")]
    [InlineData("gzip; q =0")]
    [InlineData("gzip;q=0.000")]
    [InlineData("gzip;q=0, *")]
    [InlineData("identity")]
    [InlineData("identity;q=0")]
    [InlineData("*;q=0")]
    [InlineData("identity, gzip;q=0.5")]
    [InlineData("deflate")]
    [InlineData("gzipped, xgzip, x-br")]
    [InlineData("gzip;q=")]
    [InlineData("gzip;q=x")]
    [InlineData("gzip;q=2")]
    [InlineData("gzip;q=1.001")]
    [InlineData("gzip;q=0.1234")]
    [InlineData("gzip;q=-1")]
    [InlineData("gzip;q=.5")]
    public void Choose_NoCodingNamedOrWanted_Identity(string value)
    {
        var coding = AcceptEncoding.Choose(value);

        Assert.Equal(ContentCoding.Identity, coding);
    }

    [Fact]
    public void Choose_NoLine_Identity()
    {
        var coding = AcceptEncoding.Choose(StringValues.Empty);

        Assert.Equal(ContentCoding.Identity, coding);
    }

    [Fact]
    public void Choose_RepeatedLines_OneListWithoutAllocating()
    {
        var value = new StringValues(["deflate", null, "", "identity;q=0.1, gzip;q=0.5"]);
        var coding = ContentCoding.Identity;

        var allocated = Allocations.Of(() => coding = AcceptEncoding.Choose(value));

        Assert.Equal(ContentCoding.Gzip, coding);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Choose_AnyText_NeverThrowsNorChoosesWhatIsNotNamed()
    {
        var pieces = Gen.Elements("gzip", "br", "x-gzip", "identity", "*", ",", ";", "q=", "Q", "=", "0", "1", ".5", " ", "\"", "\\", "é");
        var texts = Gen.ArrayOf(pieces).Select(string.Concat);
        var property = Prop.ForAll(texts.ToArbitrary(), text => AcceptEncoding.Choose(text) switch
        {
            ContentCoding.Gzip => text.Contains("gzip"),
            ContentCoding.Brotli => text.Contains("br"),
            _ => true,
        });

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), property);
    }
}
