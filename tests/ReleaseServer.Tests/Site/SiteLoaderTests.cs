using ReleaseServer.Buckets;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Site;

public sealed class SiteLoaderTests : IDisposable
{
    private const string Routes = """{ "format": 1, "routes": [ { "path": "/files/", "key": "" } ] }""";

    private static readonly BucketUnavailableException Away = new("The bucket is away");

    private readonly LoadedSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Refresh_NothingPublished_EmptyLinksAndOneWarning()
    {
        var trouble = await _site.RefreshAsync();
        await _site.RefreshAsync();

        Assert.Null(trouble);
        Assert.Empty(_site.Current.Snapshot!.Links.Links);
        Assert.Equal(0, _site.Current.Snapshot.Generation.Generation);
        Assert.Equal(["Warning: The bucket has no links: run the commands links and catalog to publish them"], _site.Log.Lines);
    }

    [Fact]
    public async Task Refresh_NewGeneration_SwappedInWhole()
    {
        await _site.RefreshAsync();
        await _site.PublishAsync(LoadedSite.Latest);

        var trouble = await _site.RefreshAsync();

        Assert.Null(trouble);
        Assert.Equal(1, _site.Current.Snapshot!.Generation.Generation);
        Assert.Equal([LoadedSite.Latest], _site.Current.Snapshot.Links.Links);
        Assert.Contains("Information: Site generation 1: 1 links, directories listed from the bucket", _site.Log.Lines);
    }

    [Fact]
    public async Task Refresh_NewGeneration_PinnedSnapshotStaysAsItWas()
    {
        await _site.PublishAsync(LoadedSite.Latest);
        await _site.RefreshAsync();
        var pinned = _site.Current.Snapshot!;

        await _site.PublishAsync(LoadedSite.Latest with { Target = "r/v3" });
        await _site.RefreshAsync();

        Assert.Equal("r/v2/x", pinned.Links.Resolve("r/latest/x"));
        Assert.Equal(1, pinned.Generation.Generation);
        Assert.Equal("r/v3/x", _site.Current.Snapshot!.Links.Resolve("r/latest/x"));
    }

    [Fact]
    public async Task Refresh_NothingChanged_OneHeadAndNothingElse()
    {
        await _site.PublishAsync(LoadedSite.Latest);
        await _site.RefreshAsync();
        var bucket = _site.Store;
        var (heads, opens, lists) = (bucket.Heads, bucket.Opens, bucket.Lists);

        await _site.RefreshAsync();

        Assert.Equal((heads + 1, opens, lists), (bucket.Heads, bucket.Opens, bucket.Lists));
    }

    [Fact]
    public async Task Refresh_SameGenerationWithNewCatalog_SwappedInWithTheSameLinks()
    {
        await _site.PublishAsync(LoadedSite.Latest);
        await _site.RefreshAsync();

        await _site.Publisher.PublishCatalogAsync(changed: true, TestContext.Current.CancellationToken);
        await _site.RefreshAsync();

        Assert.True(_site.Current.Snapshot!.Generation.HasCatalog);
        Assert.Equal([LoadedSite.Latest], _site.Current.Snapshot.Links.Links);
    }

    [Theory]
    [InlineData("""{ "format": 1, "generation": 2, "links": [ { "link": "a", "target": "b", "directory": 1 } ] }""", "links/2-x.json: links[0]: directory must be true or false")]
    [InlineData("""{ "format": 1, "generation": 2, "links": [ { "link": "a/b", "target": "c" }, { "link": "a", "target": "d" } ] }""", "links/2-x.json: links[0]: a/b lies beneath the link a, where nothing can find it")]
    [InlineData("""{ "format": 1, "generation": 2, "links": [ { "link": "a", "target": "b" }, { "link": "b", "target": "a" } ] }""", "links/2-x.json: links[0]: a leads in a circle")]
    [InlineData("""{ "format": 1, "generation": 2, "links": [ { "link": "a", "target": ".release-server/x" } ] }""", "links/2-x.json: links[0]: '.release-server/x' is not the key of anything that is served")]
    [InlineData("""{ "format": 1, "generation": 2 }""", "links/2-x.json: links is missing")]
    [InlineData("", "links/2-x.json: line 1: is not JSON")]
    public async Task Refresh_BadLinks_LastGoodKeptAndFaultNamedByFileAndRow(string links, string expected)
    {
        await _site.PublishAsync(LoadedSite.Latest);
        await _site.RefreshAsync();

        _site.PutLinks(2, links);
        var trouble = await _site.RefreshAsync();

        Assert.StartsWith(expected, trouble, StringComparison.Ordinal);
        Assert.Equal(1, _site.Current.Snapshot!.Generation.Generation);
        Assert.Equal([LoadedSite.Latest], _site.Current.Snapshot.Links.Links);
    }

    [Theory]
    [InlineData("{", "generation.json: line 1: is not JSON")]
    [InlineData("""{ "format": 1, "generation": 2, "published": "2026-08-05T14:03:00Z", "links": "links/gone.json" }""", "generation.json: links: links/gone.json is not in the bucket")]
    [InlineData("""{ "format": 1, "generation": 2, "published": "2026-08-05T14:03:00Z", "links": "../x" }""", "generation.json: links must name a document")]
    public async Task Refresh_BadGeneration_LastGoodKept(string generation, string expected)
    {
        await _site.PublishAsync(LoadedSite.Latest);
        await _site.RefreshAsync();

        _site.PutGeneration(generation);
        var trouble = await _site.RefreshAsync();

        Assert.StartsWith(expected, trouble, StringComparison.Ordinal);
        Assert.Equal([LoadedSite.Latest], _site.Current.Snapshot!.Links.Links);
    }

    [Fact]
    public async Task Refresh_GenerationVanished_LastGoodKept()
    {
        await _site.PublishAsync(LoadedSite.Latest);
        await _site.RefreshAsync();

        _site.Store.Remove(GenerationDocument.Key.Value);
        var trouble = await _site.RefreshAsync();

        Assert.Equal("generation.json: is no longer in the bucket", trouble);
        Assert.Equal([LoadedSite.Latest], _site.Current.Snapshot!.Links.Links);
    }

    [Fact]
    public async Task Refresh_SameTroubleAgain_ToldOnceAndItsEndToo()
    {
        await _site.PublishAsync(LoadedSite.Latest);
        await _site.RefreshAsync();
        _site.Log.Clear();

        _site.Trouble = Away;
        await _site.RefreshAsync();
        await _site.RefreshAsync();
        _site.Trouble = new BucketUnavailableException("The bucket is on fire");
        await _site.RefreshAsync();
        _site.Trouble = null;
        await _site.RefreshAsync();
        await _site.RefreshAsync();

        Assert.Equal(
            [
                "Error: The published site cannot be loaded: The bucket is away; staying with generation 1",
                "Error: The published site cannot be loaded: The bucket is on fire; staying with generation 1",
                "Information: The published site can be loaded again; serving generation 1",
            ],
            _site.Log.Lines);
    }

    [Fact]
    public async Task Reload_BadSiteData_OldKept()
    {
        using var folder = new ScratchFolder();
        folder.Write("routes.json", Routes);
        using var site = new LoadedSite(folder.Path);
        await site.RefreshAsync();

        folder.Write("routes.json", """{ "format": 1, "routes": [ { "path": "files", "key": "" } ] }""");
        var trouble = await site.Loader.ReloadAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith("routes.json: routes[0]: path must begin with one slash, is 'files'", trouble, StringComparison.Ordinal);
        Assert.Equal("/files/", Assert.Single(site.Current.Snapshot!.Data.Routes.Routes).Path);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reload_NewRoutes_InForceWithOrWithoutTheBucket(bool isAway)
    {
        using var folder = new ScratchFolder();
        folder.Write("routes.json", Routes);
        using var site = new LoadedSite(folder.Path);
        await site.PublishAsync(LoadedSite.Latest);
        await site.RefreshAsync();

        folder.Write("routes.json", Routes.Replace("/files/", "/more/", StringComparison.Ordinal));
        site.Trouble = isAway ? Away : null;
        await site.Loader.ReloadAsync(TestContext.Current.CancellationToken);

        Assert.Equal("/more/", Assert.Single(site.Current.Snapshot!.Data.Routes.Routes).Path);
        Assert.Equal([LoadedSite.Latest], site.Current.Snapshot.Links.Links);
    }
}
