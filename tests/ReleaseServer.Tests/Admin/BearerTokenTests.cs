using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using ReleaseServer.Admin;

namespace ReleaseServer.Tests.Admin;

public sealed class BearerTokenTests
{
    private const string Token = "a-token-of-some-length";

    [Theory]
    [InlineData("Bearer a-token-of-some-length", true)]
    [InlineData("bearer a-token-of-some-length", true)] // schemes have no case (RFC 9110 §11.1)
    [InlineData("Bearer A-token-of-some-length", false)]
    [InlineData("Bearer a-token-of-some-lengt", false)]
    [InlineData("Bearer a-token-of-some-lengthy", false)]
    [InlineData("Bearer  a-token-of-some-length", false)]
    [InlineData("Bearer", false)]
    [InlineData("Bearer ", false)]
    [InlineData("Basic a-token-of-some-length", false)]
    [InlineData("a-token-of-some-length", false)]
    [InlineData("", false)]
    public void IsIn_Field_OnlyTheTokenItself(string value, bool expected)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.Authorization = value;

        Assert.Equal(expected, BearerToken.IsIn(request, Token));
    }

    [Fact]
    public void IsIn_TwoFieldsOrNone_Refused()
    {
        var request = new DefaultHttpContext().Request;
        Assert.False(BearerToken.IsIn(request, Token));

        request.Headers.Authorization = new StringValues([$"Bearer {Token}", $"Bearer {Token}"]);
        Assert.False(BearerToken.IsIn(request, Token));
    }
}
