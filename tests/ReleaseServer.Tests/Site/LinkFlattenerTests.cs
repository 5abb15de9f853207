using ReleaseServer.Site;

namespace ReleaseServer.Tests.Site;

public sealed class LinkFlattenerTests
{
    [Fact]
    public void Flatten_Chain_LeadsStraightToTheEnd()
    {
        var table = Flatten(out var faults, ("a", "b"), ("b", "c/d"), ("c", "e"));

        Assert.Empty(faults);
        Assert.True(table.TryGet("a", out var link));
        Assert.Equal("e/d", link.Target);
    }

    [Fact]
    public void Flatten_TargetBehindAnotherLink_Followed()
    {
        var table = Flatten(out var faults, ("dist/latest", "dist/v2"), ("dist/newest.tgz", "dist/latest/app.tgz"));

        Assert.Empty(faults);
        Assert.True(table.TryGet("dist/newest.tgz", out var link));
        Assert.Equal("dist/v2/app.tgz", link.Target);
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a", "a/b")]
    public void Flatten_LinkToItself_RefusedByRow(string name, string target)
    {
        Flatten(out var faults, (name, target));

        Assert.Equal(["links.json: links[0]: a leads in a circle"], faults.Select(fault => fault.ToString()));
    }

    [Fact]
    public void Flatten_Cycle_EachMemberNamed()
    {
        Flatten(out var faults, ("ok", "x"), ("a", "b"), ("b", "a"));

        Assert.Equal(
            ["links.json: links[1]: a leads in a circle", "links.json: links[2]: b leads in a circle"],
            faults.Select(fault => fault.ToString()));
    }

    [Fact]
    public void Flatten_SameNameTwice_Refused()
    {
        Flatten(out var faults, ("a", "x"), ("a", "y"));

        Assert.Equal(["links.json: links[1]: a is there twice"], faults.Select(fault => fault.ToString()));
    }

    [Fact]
    public void Flatten_LinkBeneathALink_Refused()
    {
        Flatten(out var faults, ("a", "x"), ("a/b/c", "y"));

        Assert.Equal(["links.json: links[1]: a/b/c lies beneath the link a, where nothing can find it"], faults.Select(fault => fault.ToString()));
    }

    private static LinkTable Flatten(out List<SiteFault> faults, params (string Name, string Target)[] links)
    {
        faults = [];
        return LinkFlattener.Flatten("links.json", [.. links.Select(link => new Link(link.Name, link.Target, true))], faults);
    }
}
