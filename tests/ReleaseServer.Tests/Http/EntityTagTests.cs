using ReleaseServer.Http;

namespace ReleaseServer.Tests.Http;

public sealed class EntityTagTests
{
    [Theory]
    [InlineData("\"a\"", "\"a\"", false)]
    [InlineData("\"\"", "\"\"", false)]
    [InlineData("W/\"a\"", "\"a\"", true)]
    [InlineData(" \"a,b\\\u00e9!\" ", "\"a,b\\\u00e9!\"", false)]
    public void TryParse_EntityTag_Read(string text, string opaque, bool weak)
    {
        var read = EntityTag.TryParse(text, out var tag);

        Assert.True(read);
        Assert.Equal(new EntityTag(opaque, weak), tag);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("\"")]
    [InlineData("\"a")]
    [InlineData("\"a\"b")]
    [InlineData("\"a b\"")]
    [InlineData("\"a\u007f\"")]
    [InlineData("w/\"a\"")]
    [InlineData("W/ \"a\"")]
    [InlineData("W/")]
    [InlineData("*")]
    public void TryParse_AnythingElse_Refused(string text)
    {
        var read = EntityTag.TryParse(text, out _);

        Assert.False(read);
    }

    // The table of RFC 9110 §8.8.3.2.
    [Theory]
    [InlineData("W/\"1\"", "W/\"1\"", false)]
    [InlineData("W/\"1\"", "W/\"2\"", false)]
    [InlineData("W/\"1\"", "\"1\"", false)]
    [InlineData("\"1\"", "\"1\"", true)]
    public void EqualsStrongly_TableOfTheRfc_OnlyTwoStrongTags(string left, string right, bool expected)
    {
        Assert.True(EntityTag.TryParse(left, out var one));
        Assert.True(EntityTag.TryParse(right, out var other));

        var equal = one.EqualsStrongly(other);

        Assert.Equal(expected, equal);
    }
}
