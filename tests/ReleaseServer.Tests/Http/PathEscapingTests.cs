using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ReleaseServer.Http;

namespace ReleaseServer.Tests.Http;

public sealed class PathEscapingTests
{
    [Theory]
    [InlineData("/a b", "/a%20b")]
    [InlineData("/\"#%<>?\\^`{|}", "/%22%23%25%3C%3E%3F%5C%5E%60%7B%7C%7D")]
    [InlineData("/\u0001\r\n\u001f\u007f", "/%01%0D%0A%1F%7F")]
    [InlineData("/ü/日本/🚀", "/%C3%BC/%E6%97%A5%E6%9C%AC/%F0%9F%9A%80")]
    public void ForLocation_BytesThatNeedIt_Escaped(string path, string expected)
    {
        var escaped = PathEscaping.ForLocation(path);

        Assert.Equal(expected, escaped);
    }

    [Fact]
    public void ForLocation_EachAsciiCharacter_EscapedByTheRuleOfNginx()
    {
        var ascii = Enumerable.Range(0, 0x80).Select(c => (char)c).ToList();

        var escaped = ascii.Where(c => PathEscaping.ForLocation(c.ToString()) == $"%{(int)c:X2}");

        Assert.Equal(ascii.Where(c => c is <= ' ' or '\u007f' || "\"#%<>?\\^`{|}".Contains(c)), escaped);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/dist/v20.20.2/")]
    [InlineData("/-._~!$&'()*+,/:;=@[]azAZ09")]
    public void ForLocation_NothingToEscape_SameString(string path)
    {
        var escaped = PathEscaping.ForLocation(path);

        Assert.Same(path, escaped);
    }

    [Theory]
    [InlineData("azAZ09-._~", "azAZ09-._~")]
    [InlineData("a/b:c;d=e@f,g", "a%2Fb%3Ac%3Bd%3De%40f%2Cg")]
    [InlineData("+!$&'()*[]", "%2B%21%24%26%27%28%29%2A%5B%5D")]
    [InlineData("100% é", "100%25%20%C3%A9")]
    public void ForHref_ReservedCharacters_Escaped(string name, string expected)
    {
        var escaped = Href(name);

        Assert.Equal(expected, escaped);
    }

    [Fact]
    public void ForHref_AnyName_AgreesWithTheFramework()
    {
        // Uri.EscapeDataString leaves the unreserved characters of RFC 3986 and no others.
        var property = Prop.ForAll(ArbMap.Default.ArbFor<UnicodeString>(), name =>
            Href(name.Get ?? "") == Uri.EscapeDataString(name.Get ?? ""));

        property.QuickCheckThrowOnFailure();
    }

    private static string Href(string name)
    {
        var utf8 = Encoding.UTF8.GetBytes(name);
        var escaped = new byte[utf8.Length * PathEscaping.MaxExpansion];
        return Encoding.ASCII.GetString(escaped, 0, PathEscaping.ForHref(utf8, escaped));
    }
}
