using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using ReleaseServer.Http;

namespace ReleaseServer.Tests.Http;

public sealed class IfRangeTests
{
    private static readonly Validators Current = new(new EntityTag("\"a\""), FixedClock.At2026.GetUtcNow());

    [Theory]
    [InlineData("\"a\"")]
    [InlineData(" \"a\" ")]
    [InlineData("Wed, 05 Aug 2026 18:21:10 GMT")]
    [InlineData("Wednesday, 05-Aug-26 18:21:10 GMT")]
    [InlineData("Wed Aug  5 18:21:10 2026")]
    public void Holds_StrongTagOrSameDate_True(string value)
    {
        var ifRange = IfRange.Read(new HeaderDictionary { ["If-Range"] = value }, FixedClock.At2026);

        Assert.True(ifRange.Holds(Current));
    }

    [Theory]
    [InlineData("\"b\"")]
    [InlineData("W/\"a\"")]
    [InlineData("\"a\", \"b\"")]
    [InlineData("*")]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("Wed, 05 Aug 2026 18:21:09 GMT")]
    [InlineData("Wed, 05 Aug 2026 18:21:11 GMT")]
    public void Holds_AnythingElse_False(string value)
    {
        var ifRange = IfRange.Read(new HeaderDictionary { ["If-Range"] = value }, FixedClock.At2026);

        Assert.False(ifRange.Holds(Current));
    }

    [Theory]
    [InlineData("\"a\"")]
    [InlineData("garbage")]
    [InlineData("Wed, 05 Aug 2026 18:21:10 GMT")]
    public void Holds_NoCurrentValidators_False(string value)
    {
        var ifRange = IfRange.Read(new HeaderDictionary { ["If-Range"] = value }, FixedClock.At2026);

        Assert.False(ifRange.Holds(default));
    }

    [Fact]
    public void Holds_WeakCurrentTag_False()
    {
        var ifRange = IfRange.Read(new HeaderDictionary { ["If-Range"] = "\"a\"" }, FixedClock.At2026);

        Assert.False(ifRange.Holds(new Validators(new EntityTag("\"a\"", IsWeak: true), null)));
    }

    [Fact]
    public void Holds_RepeatedLines_False()
    {
        var headers = new HeaderDictionary { ["If-Range"] = new StringValues(["\"a\"", "\"a\""]) };

        var ifRange = IfRange.Read(headers, FixedClock.At2026);

        Assert.False(ifRange.Holds(Current));
    }

    [Fact]
    public void Holds_Absent_True()
    {
        var ifRange = IfRange.Read(new HeaderDictionary(), FixedClock.At2026);

        Assert.True(ifRange.Holds(Current));
        Assert.True(ifRange.Holds(default));
    }
}
