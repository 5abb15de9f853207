using System.Net;
using Microsoft.Extensions.Primitives;
using ReleaseServer.Limits;

namespace ReleaseServer.Tests.Limits;

public sealed class ForwardedAddressesTests
{
    private static readonly TrustedProxies Trusted = new(["10.0.0.0/8", "192.0.2.7", "2001:db8:ff::/48"]);

    [Theory]
    [InlineData("198.51.100.1", "203.0.113.9", "198.51.100.1")] // who is not trusted is not asked
    [InlineData("10.0.0.1", "203.0.113.9", "203.0.113.9")]
    [InlineData("192.0.2.7", "203.0.113.9", "203.0.113.9")]
    [InlineData("192.0.2.8", "203.0.113.9", "192.0.2.8")]
    [InlineData("10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9")] // made up by the client, appended by the proxy
    [InlineData("10.0.0.1", "1.1.1.1, 203.0.113.9,10.2.3.4 , 10.9.9.9", "203.0.113.9")]
    [InlineData("10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1")] // nobody but proxies
    [InlineData("10.0.0.1", "", "10.0.0.1")]
    [InlineData("10.0.0.1", " , ,203.0.113.9, ,", "203.0.113.9")]
    [InlineData("10.0.0.1", "203.0.113.9:4711", "203.0.113.9")]
    [InlineData("10.0.0.1", "2001:db8::9", "2001:db8::9")]
    [InlineData("10.0.0.1", "[2001:db8::9]:4711", "2001:db8::9")]
    [InlineData("10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9")]
    [InlineData("2001:db8:ff::1", "203.0.113.9", "203.0.113.9")]
    [InlineData("10.0.0.1", "203.0.113.9, unknown", "10.0.0.1")]
    [InlineData("10.0.0.1", "203.0.113.9, 1", "10.0.0.1")]
    [InlineData("10.0.0.1", "203.0.113.9, garbage, 10.2.2.2", "10.2.2.2")]
    public void ClientOf_XForwardedFor_RightmostThatIsNotTrusted(string peer, string field, string expected) =>
        Assert.Equal(expected, ForwardedAddresses.ClientOf(IPAddress.Parse(peer), field, ForwardedField.XForwardedFor, Trusted).ToString());

    [Theory]
    [InlineData("for=203.0.113.9", "203.0.113.9")]
    [InlineData("For=203.0.113.9;proto=https;by=10.0.0.1", "203.0.113.9")]
    [InlineData("proto=https; for=\"203.0.113.9:4711\"", "203.0.113.9")]
    [InlineData("for=\"[2001:db8::9]:4711\"", "2001:db8::9")]
    [InlineData("for=1.1.1.1, for=203.0.113.9, for=10.2.2.2", "203.0.113.9")]
    [InlineData("for=203.0.113.9;ext=\"a, b\"", "203.0.113.9")]
    [InlineData("for=_hidden", "10.0.0.1")]
    [InlineData("for=unknown", "10.0.0.1")]
    [InlineData("proto=https", "10.0.0.1")]
    [InlineData("203.0.113.9", "10.0.0.1")]
    public void ClientOf_Forwarded_AsRfc7239Writes(string field, string expected) =>
        Assert.Equal(expected, ForwardedAddresses.ClientOf(IPAddress.Parse("10.0.0.1"), field, ForwardedField.Forwarded, Trusted).ToString());

    [Fact]
    public void ClientOf_SeveralLines_OneList() => Assert.Equal(
        "203.0.113.9",
        ForwardedAddresses.ClientOf(
            IPAddress.Parse("10.0.0.1"), new StringValues(["1.1.1.1, 203.0.113.9", "10.2.2.2"]), ForwardedField.XForwardedFor, Trusted).ToString());
}
