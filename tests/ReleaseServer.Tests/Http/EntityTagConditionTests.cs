using Microsoft.Extensions.Primitives;
using ReleaseServer.Http;

namespace ReleaseServer.Tests.Http;

public sealed class EntityTagConditionTests
{
    private static readonly EntityTag Current = new("\"a\"");

    [Theory]
    [InlineData("\"a\"")]
    [InlineData("  \"a\"\t")]
    [InlineData("\"b\", \"a\"")]
    [InlineData("\"b\",\"a\",\"c\"")]
    [InlineData(", ,\"a\",")]
    [InlineData("\"x,y\" , \"a\"")]
    [InlineData("unquoted, \"a\"")]
    [InlineData("\"b\"garbage, \"a\"")]
    [InlineData("\"b c\", \"a\"")]
    [InlineData("\"x,y\"garbage, \"a\"")]
    [InlineData("*, \"a\"")]
    public void Matches_StrongTagInTheList_BothWays(string value)
    {
        var condition = EntityTagCondition.Parse(value)!.Value;

        var outcome = (condition.MatchesStrongly(Current), condition.MatchesWeakly(Current));

        Assert.Equal((true, true), outcome);
    }

    [Theory]
    [InlineData("W/\"a\"", false)]
    [InlineData("\"b\", W/\"a\"", false)]
    [InlineData("W/\"a\"", true)]
    [InlineData("\"a\"", true)]
    public void Matches_WeakOnEitherSide_WeaklyOnly(string value, bool currentIsWeak)
    {
        var current = currentIsWeak ? Current.AsWeak() : Current;
        var condition = EntityTagCondition.Parse(value)!.Value;

        var outcome = (condition.MatchesStrongly(current), condition.MatchesWeakly(current));

        Assert.Equal((false, true), outcome);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ,, ")]
    [InlineData("a")]
    [InlineData("\"A\"")]
    [InlineData("\"b\"")]
    [InlineData("\"a")]
    [InlineData("\"a\"garbage")]
    [InlineData("\"a\" \"a\"")]
    [InlineData("w/\"a\"")]
    [InlineData("\"x,\"a\",y\"")]
    [InlineData("*, *")]
    [InlineData("**")]
    public void Matches_NoGoodMemberOfThatTag_Neither(string value)
    {
        var condition = EntityTagCondition.Parse(value)!.Value;

        var outcome = (condition.MatchesStrongly(Current), condition.MatchesWeakly(Current));

        Assert.Equal((false, false), outcome);
    }

    [Theory]
    [InlineData("*", true)]
    [InlineData(" * ", true)]
    [InlineData("\"a\"", false)]
    public void Matches_NoCurrentTag_OnlyTheAsterisk(string value, bool expected)
    {
        var condition = EntityTagCondition.Parse(value)!.Value;

        var outcome = (condition.MatchesStrongly(null), condition.MatchesWeakly(null));

        Assert.Equal((expected, expected), outcome);
    }

    [Fact]
    public void Matches_RepeatedLines_OneList()
    {
        var condition = EntityTagCondition.Parse(new StringValues(["\"x\"", null, "\"y\", \"a\""]))!.Value;

        Assert.True(condition.MatchesStrongly(Current));
    }

    [Fact]
    public void Parse_NoLine_Null()
    {
        var condition = EntityTagCondition.Parse(StringValues.Empty);

        Assert.Null(condition);
    }

    [Fact]
    public void Matches_LongList_WithoutAllocating()
    {
        var value = new StringValues("\"x\", W/\"y\", junk, \"a\"");

        var allocated = Allocations.Of(() => EntityTagCondition.Parse(value)!.Value.MatchesWeakly(Current));

        Assert.Equal(0, allocated);
    }
}
