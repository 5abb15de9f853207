using ReleaseServer.Pipeline;

namespace ReleaseServer.Tests.Pipeline;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("http://localhost:8080", false, "localhost", 8080)]
    [InlineData("HTTPS://Example.ORG:443/", true, "example.org", 443)]
    [InlineData("http://*:0", false, "*", 0)]
    [InlineData("http://10.0.0.1:65535", false, "10.0.0.1", 65535)]
    [InlineData("http://[0:0::1]:80", false, "::1", 80)]
    public void TryParse_Address_ItsParts(string text, bool isHttps, string host, int port)
    {
        var isParsed = ListenAddress.TryParse(text, out var address);

        Assert.True(isParsed);
        Assert.Equal(new ListenAddress(isHttps, host, port), address);
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost:80")]
    [InlineData("http://localhost")]
    [InlineData("http://localhost:")]
    [InlineData("http://:80")]
    [InlineData("http://localhost:65536")]
    [InlineData("http://localhost:+80")]
    [InlineData("http://localhost:80/path")]
    [InlineData("http://localhost:80?query")]
    [InlineData("http://user@localhost:80")]
    [InlineData("http://::1:80")]
    [InlineData("http://[::1:80")]
    [InlineData("http://[]:80")]
    [InlineData("http://[:80")]
    [InlineData("http://+:80")]
    [InlineData("http://a b:80")]
    [InlineData("unix:/run/server.sock")]
    public void TryParse_SomethingElse_Refused(string text)
    {
        Assert.False(ListenAddress.TryParse(text, out _));
    }

    [Theory]
    [InlineData("http://localhost:80", "https://localhost:80", true)]
    [InlineData("http://*:80", "http://10.0.0.1:80", true)]
    [InlineData("http://localhost:80", "http://127.0.0.1:80", true)]
    [InlineData("http://[::1]:80", "http://localhost:80", true)]
    [InlineData("http://0.0.0.0:80", "http://[::]:80", true)]
    [InlineData("http://example.org:80", "http://[::1]:80", true)]
    [InlineData("http://0.0.0.0:80", "http://[::1]:80", false)]
    [InlineData("http://127.0.0.1:80", "http://[::1]:80", false)]
    [InlineData("http://localhost:80", "http://10.0.0.1:80", false)]
    [InlineData("http://*:80", "http://*:81", false)]
    [InlineData("http://*:0", "http://*:0", false)]
    public void Overlaps_TwoAddresses_SameEitherWay(string first, string second, bool overlaps)
    {
        Assert.True(ListenAddress.TryParse(first, out var one));
        Assert.True(ListenAddress.TryParse(second, out var other));

        Assert.Equal(overlaps, one.Overlaps(other));
        Assert.Equal(overlaps, other.Overlaps(one));
    }

    [Theory]
    [InlineData("https://*:443")]
    [InlineData("http://[::1]:80")]
    public void ToString_ParsedAddress_TheSameText(string text)
    {
        Assert.True(ListenAddress.TryParse(text, out var address));

        Assert.Equal(text, address.ToString());
    }
}
