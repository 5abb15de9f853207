using ReleaseServer.Releases;

namespace ReleaseServer.Tests.Releases;

public sealed class ReleaseVersionTests
{
    [Fact]
    public void CompareTo_RisingVersions_InThisOrder()
    {
        string[] rising = ["0.0.1", "0.1.14", "0.10.1", "0.10.48", "0.12", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-rc.2", "1.0.0-rc.10", "1.0.0", "4.9.1", "10.0.0", "2024.10.1"];

        var sorted = rising.Reverse().Select(Parse).Order().Select(version => version.Text);

        Assert.Equal(rising, sorted);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1..2")]
    [InlineData("1.2.3.4.5")]
    [InlineData("v1.2.3")]
    [InlineData("01.2")]
    [InlineData("1.2-")]
    [InlineData("1.2 ")]
    [InlineData("1.99999999999")]
    public void TryParse_NoVersion_False(string text)
    {
        Assert.False(ReleaseVersion.TryParse(text, out _));
    }

    [Theory]
    [InlineData("0.10.48", "0.10", true)]
    [InlineData("0.1.48", "0.10", false)]
    [InlineData("22.1.0", "22", true)]
    [InlineData("22.1.0", "2", false)]
    [InlineData("22", "22.0", false)]
    public void IsWithin_Prefix_ByWholeNumbers(string version, string prefix, bool expected)
    {
        Assert.Equal(expected, Parse(version).IsWithin(Parse(prefix)));
    }

    private static ReleaseVersion Parse(string text) =>
        ReleaseVersion.TryParse(text, out var version) ? version : throw new ArgumentException(text, nameof(text));
}
