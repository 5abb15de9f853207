using ReleaseServer.Site;

namespace ReleaseServer.Tests.Site;

public sealed class LinkTableTests
{
    private readonly LinkTable _links = new(
    [
        new Link("nodejs/release/latest", "nodejs/release/v26.7.0", true),
        new Link("nodejs/release/latest-jod", "nodejs/release/v22.23.2", true),
        new Link("nodejs/docs/latest", "nodejs/release/v26.7.0/docs", true),
        new Link("nodejs/release/v26.7.0/old.tar.gz", "nodejs/release/old.tar.gz", false),
        new Link("llms.txt", "nodejs/release/v26.7.0/docs/llms.txt", false),
    ]);

    [Theory]
    [InlineData("nodejs/release/latest", "nodejs/release/v26.7.0")]
    [InlineData("nodejs/release/latest/", "nodejs/release/v26.7.0/")]
    [InlineData("nodejs/release/latest/SHASUMS256.txt", "nodejs/release/v26.7.0/SHASUMS256.txt")]
    [InlineData("nodejs/release/latest-jod/a/b", "nodejs/release/v22.23.2/a/b")]
    [InlineData("nodejs/docs/latest/api/", "nodejs/release/v26.7.0/docs/api/")]
    [InlineData("nodejs/release/latest/old.tar.gz", "nodejs/release/old.tar.gz")]
    [InlineData("llms.txt", "nodejs/release/v26.7.0/docs/llms.txt")]
    [InlineData("nodejs/release/latest-foo/x", "nodejs/release/latest-foo/x")]
    [InlineData("nodejs/release/latestx", "nodejs/release/latestx")]
    [InlineData("nodejs/test/latest/x", "nodejs/test/latest/x")]
    [InlineData("", "")]
    public void Resolve_Key_FollowsWholeSegmentsOnly(string key, string expected)
    {
        var resolved = _links.Resolve(key);

        Assert.Equal(expected, resolved);
    }

    [Fact]
    public void Resolve_NoLink_SameStringWithoutAllocating()
    {
        const string Key = "nodejs/release/v26.7.0/SHASUMS256.txt";
        _links.Resolve(Key); // the first call pays for the JIT

        var before = GC.GetAllocatedBytesForCurrentThread();
        var resolved = _links.Resolve(Key);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Same(Key, resolved);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void In_Directory_LinksDirectlyInIt()
    {
        var names = _links.In("nodejs/release/").ToArray().Select(link => link.Name);

        Assert.Equal(["nodejs/release/latest", "nodejs/release/latest-jod"], names);
    }

    [Theory]
    [InlineData("nodejs/docs/", true)]
    [InlineData("nodejs/", true)]
    [InlineData("nodejs/release/v26.7.0/", true)]
    [InlineData("nodejs/test/", false)]
    public void HasBeneath_Directory_TrueForEachDirectoryAboveALink(string directory, bool expected)
    {
        Assert.Equal(expected, _links.HasBeneath(directory));
    }
}
