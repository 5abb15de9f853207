using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Releases;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Server;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Pipeline;

/// <summary>What a publication lays over the bucket, as clients see it: with a cache and without one.</summary>
public sealed class OverlayTests
{
    private const string Tarball = "node-v1.0.0.tar.gz";

    private readonly InMemoryBucket _bucket = new();
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 8, 20, 12, 0, 0, TimeSpan.Zero));

    public OverlayTests()
    {
        foreach (var version in new[] { "v1.0.0", "v2.0.0" })
        {
            _bucket.Put($"nodejs/release/{version}/SHASUMS256.txt", $"sums of {version}");
            _bucket.Put($"nodejs/release/{version}/node-{version}.tar.gz", $"tarball of {version}");
            _bucket.Put($"nodejs/release/{version}/docs/api/index.html", $"docs of {version}");
        }

        _bucket.Put("nodejs/release/index.json", "[\"plain\"]");
        _bucket.Put(".release-server/documents/7-0123/nodejs/release/index.json", "[\"of the publication\"]");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Link Latest => new("nodejs/release/latest", "nodejs/release/v2.0.0", true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Get_NameThatIsGoneFromUnderALink_FormerTargetUntilTheEndOfTheOverlap(bool isCached)
    {
        await PublishAsync(new LinksDocument(0, [Latest]) { Overlap = [Former(_clock.GetUtcNow().AddHours(6))] });
        await using var server = await StartAsync(isCached);

        var first = await server.AskAsync("GET", $"/dist/latest/{Tarball}", Token);
        var again = await server.AskAsync("GET", $"/dist/latest/{Tarball}", Token);
        var range = await server.AskAsync("GET", $"/dist/latest/{Tarball}", Token, "Range: bytes=0-6");
        var present = await server.AskAsync("GET", "/dist/latest/SHASUMS256.txt", Token);
        var absent = await server.AskAsync("GET", "/dist/latest/nothing", Token);
        _clock.Advance(TimeSpan.FromHours(7));
        var over = await server.AskAsync("GET", $"/dist/latest/{Tarball}", Token);

        Assert.Equal((200, "tarball of v1.0.0", "public, max-age=60"), (first.Status, first.Text, first["Cache-Control"]));
        Assert.Equal((200, "public, max-age=60"), (again.Status, again["Cache-Control"]));
        Assert.Equal((206, "tarball"), (range.Status, range.Text));
        Assert.Equal((200, "sums of v2.0.0", "public, max-age=3600, s-maxage=14400"), (present.Status, present.Text, present["Cache-Control"]));
        Assert.Equal(404, absent.Status);
        Assert.Equal(404, over.Status);
    }

    [Fact]
    public async Task Get_LittleOfTheOverlapIsLeft_NobodyMayKeepItLonger()
    {
        await PublishAsync(new LinksDocument(0, [Latest]) { Overlap = [Former(_clock.GetUtcNow().AddSeconds(7))] });
        await using var server = await StartAsync(isCached: true);

        var answer = await server.AskAsync("GET", $"/dist/latest/{Tarball}", Token);

        Assert.Equal("public, max-age=7", answer["Cache-Control"]);
    }

    [Fact]
    public async Task Get_LinkThatIsOnlyAnnounced_LeadsThere()
    {
        var docs = new Link("nodejs/docs/v2.0.0", "nodejs/release/v2.0.0/docs", true);
        await PublishAsync(new LinksDocument(0, [Latest]) { Overlap = [new OtherTarget(docs, _clock.GetUtcNow().AddHours(1))] });
        await using var server = await StartAsync(isCached: true);

        var file = await server.AskAsync("GET", "/docs/v2.0.0/api/index.html", Token);
        var page = await server.AskAsync("GET", "/docs/v2.0.0/api/", Token);
        var listing = await server.AskAsync("GET", "/docs/", Token);

        Assert.Equal((200, "docs of v2.0.0"), (file.Status, file.Text));
        Assert.Equal((200, "docs of v2.0.0"), (page.Status, page.Text));
        Assert.Equal(404, listing.Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Get_KeyWithADocument_TheDocumentUnderTheObjectsNameAndType(bool isCached)
    {
        await PublishAsync(new LinksDocument(0, [Latest]) { Documents = [Pin()] });
        await using var server = await StartAsync(isCached);

        var first = await server.AskAsync("GET", "/dist/index.json", Token);
        var again = await server.AskAsync("GET", "/dist/index.json", Token);
        var listing = await server.AskAsync("GET", "/dist/", Token, "Accept: application/json");

        Assert.Equal("[\"of the publication\"]", first.Text);
        Assert.Equal("application/json", first["Content-Type"]);
        Assert.StartsWith("key:nodejs/release/index.json", first["Cache-Tag"] ?? "key:nodejs/release/index.json", StringComparison.Ordinal);
        Assert.Equal(first.Text, again.Text);
        Assert.Contains($"{Pin().Length}", listing.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_DocumentWasLost_TheObjectItself()
    {
        await PublishAsync(new LinksDocument(0, [Latest]) { Documents = [Pin() with { Name = "documents/6-0000/nodejs/release/index.json" }] });
        await using var server = await StartAsync(isCached: true);

        Assert.Equal("[\"plain\"]", (await server.AskAsync("GET", "/dist/index.json", Token)).Text);
    }

    [Theory]
    [InlineData("staged", false, 404, 200)]
    [InlineData("hidden", false, 200, 200)]
    [InlineData("withdrawn", false, 404, 404)]
    public async Task Get_UnlistedVersion_InNoListingAndAnsweredAsItsStateSays(string state, bool isListed, int own, int file)
    {
        await PublishAsync(new LinksDocument(0, []) { Unlisted = [new UnlistedVersion("nodejs/release/v2.0.0/", UnlistedVersion.StateOf(state)!.Value)] });
        await using var server = await StartAsync(isCached: true);

        var listing = await server.AskAsync("GET", "/dist/", Token);

        Assert.Equal(isListed, listing.Text.Contains("v2.0.0", StringComparison.Ordinal));
        Assert.Contains("v1.0.0", listing.Text, StringComparison.Ordinal);
        Assert.Equal(own, (await server.AskAsync("GET", "/dist/v2.0.0/", Token)).Status);
        Assert.Equal(file, (await server.AskAsync("GET", "/dist/v2.0.0/SHASUMS256.txt", Token)).Status);
    }

    [Fact]
    public async Task Get_VersionIsWithdrawnWhileItIsKept_AbsentWithTheNextPublication()
    {
        await PublishAsync(new LinksDocument(0, [Latest]));
        await using var server = await StartAsync(isCached: true);
        Assert.Equal(200, (await server.AskAsync("GET", "/dist/v2.0.0/SHASUMS256.txt", Token)).Status);
        Assert.Equal(200, (await server.AskAsync("GET", "/dist/v2.0.0/SHASUMS256.txt", Token)).Status);

        await PublishAsync(new LinksDocument(0, []) { Unlisted = [new UnlistedVersion("nodejs/release/v2.0.0/", UnlistedState.Withdrawn)] });
        await server.RefreshSiteAsync(Token);

        Assert.Equal(404, (await server.AskAsync("GET", "/dist/v2.0.0/SHASUMS256.txt", Token)).Status);
    }

    private static PinnedDocument Pin() => new(
        "nodejs/release/index.json", "documents/7-0123/nodejs/release/index.json", "[\"of the publication\"]".Length, new DateTimeOffset(2026, 8, 20, 0, 0, 0, TimeSpan.Zero));

    private static OtherTarget Former(DateTimeOffset until) => new(Latest with { Target = "nodejs/release/v1.0.0" }, until);

    private async Task PublishAsync(LinksDocument document) =>
        Assert.NotNull(await new SitePublisher(_bucket, _clock).PublishLinksAsync(_ => Task.FromResult<LinksDocument?>(document), purge: null, Token));

    private Task<RunningServer> StartAsync(bool isCached) => RunningServer.StartAsync(
        _bucket,
        Token,
        configure: settings => (settings.Cache.Enabled, settings.Cache.Path) = (isCached, ""),
        replace: services => services.AddSingleton<TimeProvider>(_clock));
}
