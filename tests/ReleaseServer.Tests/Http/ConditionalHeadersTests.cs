using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using ReleaseServer.Http;

namespace ReleaseServer.Tests.Http;

public sealed class ConditionalHeadersTests
{
    private const string Date = "Wed, 05 Aug 2026 18:21:10 GMT";

    [Fact]
    public void Read_AllFour_All()
    {
        var headers = new HeaderDictionary
        {
            ["If-Match"] = "\"a\"",
            ["If-Unmodified-Since"] = Date,
            ["If-None-Match"] = "\"b\"",
            ["If-Modified-Since"] = " Wednesday, 05-Aug-26 18:21:11 GMT ",
        };

        var read = ConditionalHeaders.Read(headers, FixedClock.At2026);

        Assert.True(read.Any);
        Assert.True(read.IfMatch!.Value.MatchesStrongly(new EntityTag("\"a\"")));
        Assert.True(read.IfNoneMatch!.Value.MatchesStrongly(new EntityTag("\"b\"")));
        Assert.Equal(FixedClock.At2026.GetUtcNow(), read.IfUnmodifiedSince);
        Assert.Equal(FixedClock.At2026.GetUtcNow().AddSeconds(1), read.IfModifiedSince);
    }

    [Theory]
    [InlineData("If-Match", "")]
    [InlineData("If-Unmodified-Since", Date)]
    [InlineData("If-None-Match", "*")]
    [InlineData("If-Modified-Since", Date)]
    public void Any_OneField_True(string name, string value)
    {
        var read = ConditionalHeaders.Read(new HeaderDictionary { [name] = value }, FixedClock.At2026);

        Assert.True(read.Any);
    }

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("Wed, 05 Aug 2026 18:21:10 PST")]
    [InlineData(Date + ", " + Date)]
    public void Read_NoDate_Ignored(string value)
    {
        var headers = new HeaderDictionary { ["If-Modified-Since"] = value, ["If-Unmodified-Since"] = value };

        var read = ConditionalHeaders.Read(headers, FixedClock.At2026);

        Assert.False(read.Any);
    }

    [Fact]
    public void Read_DateTwice_Ignored()
    {
        var headers = new HeaderDictionary { ["If-Modified-Since"] = new StringValues([Date, Date]) };

        var read = ConditionalHeaders.Read(headers, FixedClock.At2026);

        Assert.False(read.Any);
    }

    [Fact]
    public void Read_NoConditions_NothingAndNoAllocation()
    {
        var headers = new HeaderDictionary { ["Accept"] = "*/*" };
        var any = true;

        var allocated = Allocations.Of(() => any = ConditionalHeaders.Read(headers, FixedClock.At2026).Any);

        Assert.False(any);
        Assert.Equal(0, allocated);
    }
}
