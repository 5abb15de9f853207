using ReleaseServer.Caching;

namespace ReleaseServer.Tests.Caching;

public sealed class SurrogateKeyTextTests
{
    [Theory]
    [InlineData("nodejs/release/v26.7.0/SHASUMS256.txt", "key:nodejs/release/v26.7.0/SHASUMS256.txt")]
    [InlineData("a b,c%d", "key:a%20b%2Cc%25d")]
    [InlineData("é\u007f\t", "key:%C3%A9%7F%09")]
    [InlineData("!\"#$&'()*+-./:;<=>?@[\\]^_`{|}~", "key:!\"#$&'()*+-./:;<=>?@[\\]^_`{|}~")]
    public void Escape_Key_VisibleAsciiWithoutCommasAndSpaces(string value, string expected)
    {
        Assert.Equal(expected, SurrogateKeyText.Escape(new SurrogateKey(SurrogateKey.Key, value)));
    }

    [Fact]
    public void Escape_LongestThatFits_Whole()
    {
        var value = new string('a', 1_020);

        Assert.Equal("key:" + value, SurrogateKeyText.Escape(new SurrogateKey(SurrogateKey.Key, value)));
    }

    [Fact]
    public void Escape_TooLong_CutWithADigestSoThatTwoStayTwo()
    {
        var one = SurrogateKeyText.Escape(new SurrogateKey(SurrogateKey.Key, new string('é', 500) + "1"));
        var other = SurrogateKeyText.Escape(new SurrogateKey(SurrogateKey.Key, new string('é', 500) + "2"));

        Assert.Equal((1_024, 1_024), (one.Length, other.Length));
        Assert.Equal(one[..1_000], other[..1_000]);
        Assert.NotEqual(one, other);
        Assert.Matches("~[0-9a-f]{16}$", one);
    }
}
