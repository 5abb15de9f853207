using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using ReleaseServer.Buckets;
using ReleaseServer.Listings;
using ReleaseServer.Site;

namespace ReleaseServer.Tests.Listings;

public sealed class ListingReaderTests
{
    private readonly FakeBucket _bucket = new FakeBucket()
        .Put("dist/v1/a.gz", "2026-01-02T00:00:00Z")
        .Put("dist/v1/docs/index.html", "2026-01-03T00:00:00Z")
        .Put("dist/v2/a.gz", "2026-02-02T00:00:00Z")
        .Put("dist/index.json", "2026-01-01T00:00:00Z", "12345")
        .Put("dist/.hidden", "2026-12-01T00:00:00Z")
        .Put("empty/", "2026-01-04T00:00:00Z", content: "");

    private LinkTable _links = LinkTable.Empty;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReadAsync_Catalog_SourceDatesInOneRequest()
    {
        await WriteCatalogAsync();

        var listing = await ReadAsync("dist/");

        Assert.Equal(
            ["v1/ 2026-01-03 -", "v2/ 2026-02-02 -", "index.json 2026-01-01 5"], Rows(listing));
        Assert.Equal((1, 0, 0), (_bucket.Opens, _bucket.Lists, _bucket.Heads));
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, null)]
    [InlineData(true, "{}")]
    public async Task ReadAsync_NoGoodDocument_ListedLive(bool catalog, string? document)
    {
        if (document is not null)
        {
            _bucket.Put(".release-server/catalog/dist/~listing.json", content: document);
        }

        var listing = await ReadAsync("dist/", catalog);

        Assert.Equal(["v1/ 2030-01-01 -", "v2/ 2030-01-01 -", "index.json 2030-01-01 5"], Rows(listing));
        Assert.Equal(1, _bucket.Lists);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReadAsync_MarkerOnly_NothingToShow(bool catalog)
    {
        await WriteCatalogAsync();

        var listing = await ReadAsync("empty/", catalog);

        Assert.NotNull(listing);
        Assert.True(listing.Entries.IsEmpty);
        Assert.Null(listing.LastModified);
    }

    [Theory]
    [InlineData("dist/v3/")]
    [InlineData("dist/index.json/")]
    [InlineData("dis/")]
    [InlineData(".release-server/")]
    [InlineData(".release-server/catalog/dist/")]
    public async Task ReadAsync_NoSuchDirectory_Null(string directory)
    {
        await WriteCatalogAsync();

        Assert.Null(await ReadAsync(directory, catalog: true));
        Assert.Null(await ReadAsync(directory, catalog: false));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReadAsync_Root_WithoutTheReservedPrefix(bool catalog)
    {
        await WriteCatalogAsync();

        var listing = await ReadAsync("", catalog);

        Assert.Equal(["dist", "empty"], Names(listing));
    }

    [Fact]
    public async Task ReadAsync_LinksOfTheCatalog_FactsWithoutARequest()
    {
        _links = new LinkTable(
        [
            new Link("dist/latest", "dist/v2", IsDirectory: true),
            new Link("dist/docs", "dist/v1/docs", IsDirectory: true),
            new Link("dist/old.gz", "dist/v1/a.gz", IsDirectory: false),
            new Link("dist/.secret", "dist/v1", IsDirectory: true),
        ]);
        await WriteCatalogAsync();

        var listing = await ReadAsync("dist/");

        Assert.Equal(
            [
                "docs/ 2026-01-03 -", "latest/ 2026-02-02 -", "v1/ 2026-01-03 -", "v2/ 2026-02-02 -",
                "index.json 2026-01-01 5", "old.gz 2026-01-02 3",
            ],
            Rows(listing));
        Assert.Equal((1, 0, 0), (_bucket.Opens, _bucket.Lists, _bucket.Heads));
    }

    [Fact]
    public async Task ReadAsync_LinksMovedSinceTheCatalog_SiblingRowFirstThenALookUp()
    {
        _links = new LinkTable(
        [
            new Link("dist/latest", "dist/v1", IsDirectory: true),
            new Link("dist/docs", "dist/v2", IsDirectory: true),
            new Link("dist/a.gz", "dist/v1/a.gz", IsDirectory: false),
        ]);
        await WriteCatalogAsync();
        _links = new LinkTable(
        [
            new Link("dist/latest", "dist/v2", IsDirectory: true),
            new Link("dist/docs", "dist/v1/docs", IsDirectory: true),
            new Link("dist/a.gz", "dist/v2/a.gz", IsDirectory: false),
        ]);

        var listing = await ReadAsync("dist/");

        Assert.Equal(
            ["docs/ 2026-01-03 -", "latest/ 2026-02-02 -", "v1/ 2026-01-03 -", "v2/ 2026-02-02 -", "a.gz 2026-02-02 3", "index.json 2026-01-01 5"],
            Rows(listing));
        Assert.Equal((2, 0, 1), (_bucket.Opens, _bucket.Lists, _bucket.Heads));
    }

    [Fact]
    public async Task ReadAsync_ManyLinksToOneTarget_LookedUpOnce()
    {
        _links = new LinkTable([.. Enumerable.Range(0, 40).Select(i => new Link($"other/l{i}", "dist/v1", IsDirectory: true))]);

        var listing = await ReadAsync("other/", catalog: false);

        Assert.Equal(40, listing!.Entries.Length);
        Assert.Equal(2, _bucket.Lists);
    }

    [Fact(Timeout = 30_000)]
    public async Task ReadAsync_ManyLinkTargets_AtMost16RequestsAtOnce()
    {
        var links = new List<Link>();
        for (var i = 0; i < 40; i++)
        {
            _bucket.Put($"files/{i}");
            links.Add(new Link($"dist/v1/l{i}", $"files/{i}", IsDirectory: false));
        }

        _links = new LinkTable(links);
        _bucket.HoldHeadsUntil = 16;

        var listing = await ReadAsync("dist/v1/", catalog: false);

        Assert.Equal(42, listing!.Entries.Length);
        Assert.Equal(16, _bucket.MostHeads);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReadAsync_LinksThatLeadNowhere_NoRow(bool catalog)
    {
        _links = new LinkTable(
        [
            new Link("dist/v1/gone", "dist/v9", IsDirectory: true),
            new Link("dist/v1/gone.gz", "dist/v9/a.gz", IsDirectory: false),
            new Link("dist/v1/reserved", ".release-server/generation.json", IsDirectory: false),
        ]);
        await WriteCatalogAsync();

        Assert.Equal(["docs", "a.gz"], Names(await ReadAsync("dist/v1/", catalog)));
    }

    [Fact]
    public async Task ReadAsync_LinkNamedAsAnObject_LinkWins()
    {
        _links = new LinkTable([new Link("dist/index.json", "dist/v2/a.gz", IsDirectory: false), new Link("dist/v1", "dist/v2", IsDirectory: true)]);

        var listing = await ReadAsync("dist/", catalog: false);

        Assert.Equal(["v1/ 2030-01-01 -", "v2/ 2030-01-01 -", "index.json 2026-02-02 3"], Rows(listing));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReadAsync_DirectoriesMadeByLinksAlone_ExistAndAreShown(bool catalog)
    {
        _links = new LinkTable([new Link("dist/only/by/links", "dist/v1", IsDirectory: true), new Link("new/latest", "dist/v2", IsDirectory: true)]);
        await WriteCatalogAsync();

        Assert.Equal(["only", "v1", "v2", "index.json"], Names(await ReadAsync("dist/", catalog)));
        Assert.Equal(["by"], Names(await ReadAsync("dist/only/", catalog)));
        Assert.Equal(["links"], Names(await ReadAsync("dist/only/by/", catalog)));
        Assert.Equal(["latest"], Names(await ReadAsync("new/", catalog)));
        Assert.Equal(["dist", "empty", "new"], Names(await ReadAsync("", catalog)));
    }

    [Fact]
    public async Task ReadAsync_LinksGoneSinceTheCatalog_DirectoryGone()
    {
        _links = new LinkTable([new Link("new/latest", "dist/v2", IsDirectory: true)]);
        await WriteCatalogAsync();
        _links = LinkTable.Empty;

        Assert.Null(await ReadAsync("new/"));
    }

    [Theory]
    [InlineData(5000, "2030-01-01")]
    [InlineData(5001, "unknown")]
    public async Task ReadAsync_LiveListing_DirectoryDatesUpTo5000Keys(int keys, string date)
    {
        for (var i = 2; i < keys; i++)
        {
            _bucket.Put($"big/sub/{i}");
        }

        _bucket.Put("big/file").Put("big/");
        _links = new LinkTable([new Link("big/latest", "big/sub", IsDirectory: true)]);

        var listing = await ReadAsync("big/", catalog: false);

        Assert.Equal([$"latest/ {date} -", $"sub/ {date} -", "file 2030-01-01 3"], Rows(listing));
        Assert.Equal(date == "unknown" ? 2 : 1, _bucket.Lists);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReadAsync_BucketDown_BucketUnavailableException(bool catalog)
    {
        _bucket.IsDown = true;

        await Assert.ThrowsAsync<BucketUnavailableException>(() => ReadAsync("dist/", catalog));
    }

    private async Task WriteCatalogAsync()
    {
        await CatalogWriter.WriteAsync(_bucket, _links, new CatalogWriteOptions(), progress: null, Cancellation);
        _bucket.ResetCounts();
    }

    private Task<DirectoryListing?> ReadAsync(string directory, bool catalog = true) =>
        new ListingReader(_bucket, NullLogger<ListingReader>.Instance).ReadAsync(directory, _links, SiteOverlay.None, catalog, Cancellation).AsTask();

    private static IEnumerable<string> Names(DirectoryListing? listing) => listing!.Entries.ToArray().Select(entry => entry.Name);

    private static IEnumerable<string> Rows(DirectoryListing? listing) =>
        listing!.Entries.ToArray().Select(entry => string.Create(
            CultureInfo.InvariantCulture,
            $"{entry.Name}{(entry.IsDirectory ? "/" : "")} {entry.Modified?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "unknown"} {entry.Length?.ToString(CultureInfo.InvariantCulture) ?? "-"}"));
}
