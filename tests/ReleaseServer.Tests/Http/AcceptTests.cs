using Microsoft.Extensions.Primitives;
using ReleaseServer.Http;

namespace ReleaseServer.Tests.Http;

public sealed class AcceptTests
{
    [Theory]
    [InlineData("application/json")]
    [InlineData("Application/JSON")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/*")]
    [InlineData("application/json, */*;q=0.5")]
    [InlineData("*/*;q=0.5, application/json")]
    [InlineData("text/html;q=0.9, application/json")]
    [InlineData("application/json;q=0.002, text/html;q=0.001")]
    [InlineData("text/html;q=0, */*")]
    [InlineData("text/*;q=0.1, */*;q=0.2")]
    [InlineData("text/html;title=\"a,application/xml;q=1\";q=0.1, application/json;q=0.5")]
    [InlineData("application/json;q=0.5;extension=1")]
    public void PrefersJson_JsonWeighsMore_True(string value)
    {
        var prefers = Accept.PrefersJson(value);

        Assert.True(prefers);
    }

    [Theory]
    [InlineData("")]
    [InlineData("*/*")]
    [InlineData("text/html")]
    [InlineData("text/html, application/json")]
    [InlineData("application/json, text/plain, */*")]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")]
    [InlineData("application/json;q=0")]
    [InlineData("application/json;q=0, */*")]
    [InlineData("application/json;q=0.5, */*")]
    [InlineData("application/*;q=0.5, application/json;q=0.1, text/*;q=0.3")]
    [InlineData("application/json;q=high")]
    [InlineData("application/json;odata=verbose")]
    [InlineData("application/json;charset=utf-8;version=2")]
    [InlineData("application/vnd.api+json")]
    [InlineData("x/y;a=\"application/json,application/json")]
    [InlineData("json")]
    public void PrefersJson_TieOrLess_False(string value)
    {
        var prefers = Accept.PrefersJson(value);

        Assert.False(prefers);
    }

    [Fact]
    public void PrefersJson_NoLine_False()
    {
        var prefers = Accept.PrefersJson(StringValues.Empty);

        Assert.False(prefers);
    }

    [Fact]
    public void PrefersJson_RepeatedLines_OneListWithoutAllocating()
    {
        var value = new StringValues(["text/html;q=0.1", "application/json"]);
        var prefers = false;

        var allocated = Allocations.Of(() => prefers = Accept.PrefersJson(value));

        Assert.True(prefers);
        Assert.Equal(0, allocated);
    }
}
