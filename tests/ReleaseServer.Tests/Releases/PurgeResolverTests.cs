using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Tests.Releases;

public sealed class PurgeResolverTests
{
    private static readonly SiteData Data = SiteDataLoader.Load(null);

    private static readonly LinkTable Links = new(
    [
        new Link("nodejs/release/latest", "nodejs/release/v26.7.0", true),
        new Link("nodejs/release/node.tar.gz", "nodejs/release/v20.0.0/node.tar.gz", false),
        new Link("nodejs/docs/v26.7.0", "nodejs/release/v26.7.0/docs", true),
    ]);

    [Theory]
    [InlineData("/dist/v26.7.0/x", "key:nodejs/release/v26.7.0/x")]
    [InlineData("/dist/latest/x", "key:nodejs/release/v26.7.0/x")]
    [InlineData("/dist//v1/../latest/%78?q", "key:nodejs/release/v26.7.0/x")]
    [InlineData("https://nodejs.org/dist/latest/x", "key:nodejs/release/v26.7.0/x")]
    [InlineData("/dist/a%20b", "key:nodejs/release/a b")]
    [InlineData("/dist/a b,é", "key:nodejs/release/a b,é")]
    [InlineData("/llms.txt", "key:llms.txt")]
    [InlineData("/dist/v20.0.0/", "dir:nodejs/release/v20.0.0/ link:nodejs/release/node.tar.gz dir:.release-server/catalog/nodejs/release/v20.0.0/")]
    [InlineData("/dist/v26.7.0/",
        "dir:nodejs/release/v26.7.0/ link:nodejs/release/latest link:nodejs/docs/v26.7.0 dir:.release-server/catalog/nodejs/release/v26.7.0/")]
    [InlineData("/dist/latest/",
        "dir:nodejs/release/v26.7.0/ link:nodejs/release/latest link:nodejs/docs/v26.7.0 dir:.release-server/catalog/nodejs/release/v26.7.0/")]
    [InlineData("/dist/latest",
        "dir:nodejs/release/v26.7.0/ link:nodejs/release/latest link:nodejs/docs/v26.7.0 dir:.release-server/catalog/nodejs/release/v26.7.0/")]
    [InlineData("/docs/", "dir:nodejs/docs/ link:nodejs/docs/v26.7.0 dir:nodejs/release/v26.7.0/docs/ dir:.release-server/catalog/nodejs/docs/")]
    [InlineData("/docs", "dir:nodejs/docs/ link:nodejs/docs/v26.7.0 dir:nodejs/release/v26.7.0/docs/ dir:.release-server/catalog/nodejs/docs/")]
    [InlineData("/metrics/", "dir:metrics/ dir:.release-server/catalog/metrics/")]
    public void Resolve_Path_RoutedAndFollowedBothWays(string path, string expected)
    {
        Assert.Equal(expected, Resolve(new PurgeRequest { Paths = [path] }));
    }

    [Theory]
    [InlineData("nodejs/release/v26.7.0/x", "key:nodejs/release/v26.7.0/x")]
    [InlineData("nodejs/release/latest/x", "key:nodejs/release/v26.7.0/x")]
    [InlineData("a%20b", "key:a%20b")]
    [InlineData("metrics/", "dir:metrics/ dir:.release-server/catalog/metrics/")]
    [InlineData(".release-server/catalog/a/~listing.json", "key:.release-server/catalog/a/~listing.json")]
    [InlineData(".release-server/catalog/", "dir:.release-server/catalog/")]
    public void Resolve_Key_AsItIsInTheBucket(string key, string expected)
    {
        Assert.Equal(expected, Resolve(new PurgeRequest { Keys = [key] }));
    }

    [Theory]
    [InlineData("release:v26.7.0", "release:v26.7.0")]
    [InlineData("class:listing", "class:listing")]
    [InlineData("key:a b", "key:a b")]
    [InlineData("dir:", "dir:")]
    [InlineData("dir:metrics/", "dir:metrics/")]
    [InlineData("link:nodejs/release/latest", "link:nodejs/release/latest dir:nodejs/release/v26.7.0/")]
    [InlineData("link:nodejs/release/node.tar.gz", "link:nodejs/release/node.tar.gz key:nodejs/release/v20.0.0/node.tar.gz")]
    public void Resolve_Tag_AsItIsAndLinksWithTheirTargets(string tag, string expected)
    {
        Assert.Equal(expected, Resolve(new PurgeRequest { Tags = [tag] }));
    }

    [Fact]
    public void Resolve_SameThingTwice_Once()
    {
        Assert.Equal("key:llms.txt", Resolve(new PurgeRequest { Paths = ["/llms.txt", "/llms.txt"], Keys = ["llms.txt"], Tags = ["key:llms.txt"] }));
    }

    [Fact]
    public void Resolve_All_NothingElseMatters()
    {
        var purge = PurgeResolver.Resolve(new PurgeRequest { All = true, IsHard = true, Keys = ["a"] }, Data, Links, out var faults);

        Assert.Empty(faults);
        Assert.Equal((true, true, 0), (purge!.All, purge.IsHard, purge.Tags.Count));
    }

    [Theory]
    [InlineData("dist/x", "path 'dist/x' must be a path as in a request, such as /dist/v22.1.0/")]
    [InlineData("*", "path '*' must be a path as in a request, such as /dist/v22.1.0/")]
    [InlineData("/dist/../../x", "path '/dist/../../x' must be a path as in a request, such as /dist/v22.1.0/")]
    [InlineData("/dist/%zz", "path '/dist/%zz' must be a path as in a request, such as /dist/v22.1.0/")]
    [InlineData("", "path '' must be a path as in a request, such as /dist/v22.1.0/")]
    [InlineData("/nowhere/x", "path '/nowhere/x' is on no route (the command check prints them)")]
    [InlineData("/traffic-manager", "path '/traffic-manager' is always answered 204; nothing of it is kept")]
    [InlineData("/dist/staging/x", "path '/dist/staging/x' is moved to /dist/x; name where it leads")]
    public void Resolve_BadPath_NamedWithTheReason(string path, string expected)
    {
        Assert.Equal([expected], FaultsOf(new PurgeRequest { Paths = [path], Keys = ["good"] }));
    }

    [Theory]
    [InlineData("", "key '' names no key that an object can have")]
    [InlineData("/a", "key '/a' names no key that an object can have")]
    [InlineData("a//b", "key 'a//b' names no key that an object can have")]
    [InlineData("a\u001b", null)]
    public void Resolve_BadKey_NamedWithTheReason(string key, string? expected)
    {
        Assert.Equal(expected is null ? [] : [expected], FaultsOf(new PurgeRequest { Keys = [key] }));
    }

    [Theory]
    [InlineData("v26.7.0", "tag 'v26.7.0' must be key:K, dir:D/, release:V, link:L or class:C")]
    [InlineData("key:", "tag 'key:' must be key:K, dir:D/, release:V, link:L or class:C")]
    [InlineData("dir:metrics", "tag 'dir:metrics' must end in a slash, as directories do")]
    [InlineData("link:latest", "tag 'link:latest' names no link that is published")]
    public void Resolve_BadTag_NamedWithTheReason(string tag, string expected)
    {
        Assert.Equal([expected], FaultsOf(new PurgeRequest { Tags = [tag] }));
    }

    [Fact]
    public void Resolve_Nothing_SaysWhatThereIs()
    {
        Assert.Equal(["Nothing is named: give a path, a key, a tag, or all"], FaultsOf(new PurgeRequest()));
    }

    [Fact]
    public void Resolve_ManyFaults_AllAtOnce()
    {
        Assert.Equal(3, FaultsOf(new PurgeRequest { Paths = ["x"], Keys = ["/"], Tags = ["?"] }).Count);
    }

    [Fact]
    public void Resolve_TooManyTags_Refused()
    {
        var request = new PurgeRequest { Keys = [.. Enumerable.Range(0, 10_001).Select(i => $"k{i}")] };

        Assert.Equal(["10001 tags are named, at most 10000 can be: name directories, or all"], FaultsOf(request));
    }

    private static string Resolve(PurgeRequest request)
    {
        var purge = PurgeResolver.Resolve(request, Data, Links, out var faults);
        Assert.Empty(faults);
        return string.Join(' ', purge!.Tags);
    }

    private static IReadOnlyList<string> FaultsOf(PurgeRequest request)
    {
        var purge = PurgeResolver.Resolve(request, Data, Links, out var faults);
        Assert.Equal(faults.Count > 0, purge is null);
        return faults;
    }
}
