using ReleaseServer.Commands;
using ReleaseServer.Releases;

namespace ReleaseServer.Tests.Commands;

public sealed class VerifyScopeTests
{
    [Theory]
    [InlineData("checksums whole", "checksums quick nodejs/release/v22.1.0/", true)]
    [InlineData("checksums whole", "checksums whole", true)]
    [InlineData("checksums quick nodejs/release/", "checksums quick nodejs/release/v22.1.0/", true)]
    [InlineData("checksums quick", "checksums whole", false)]
    [InlineData("checksums whole nodejs/release/v22.1.0/", "checksums whole nodejs/release/", false)]
    [InlineData("checksums whole", "links whole", false)]
    public void Covers_RunThatLooksAtAsMuch_AndAsClosely(string run, string open, bool expected) =>
        Assert.Equal(expected, VerifyScope.Parse(run)!.Covers(VerifyScope.Parse(open)!));

    [Fact]
    public void Of_Run_QuickAndUnderOnlyWhereTheyMakeADifference()
    {
        var request = new VerifyRequest { Under = "docs of all/", Quick = true };

        var scopes = VerifyScope.Of([VerifyArea.Checksums, VerifyArea.Links, VerifyArea.Cache], request);

        string[] expected = ["checksums quick docs of all/", "links whole", "cache quick"];
        Assert.Equal(expected, scopes.Select(static scope => scope.ToString()));
        Assert.Equal(scopes, scopes.Select(static scope => VerifyScope.Parse(scope.ToString())));
    }

    [Theory]
    [InlineData("")]
    [InlineData("checksums")]
    [InlineData("checksums slow")]
    [InlineData("everything whole")]
    [InlineData("77 whole")]
    public void Parse_SomethingElse_Nothing(string text) => Assert.Null(VerifyScope.Parse(text));
}
