using System.Globalization;
using ReleaseServer.Buckets;
using ReleaseServer.Listings;
using ReleaseServer.Site;

namespace ReleaseServer.Tests.Listings;

public sealed class CatalogWriterTests
{
    private readonly FakeBucket _bucket = new FakeBucket()
        .Put("readme.txt", "2026-01-01T00:00:00Z")
        .Put("dist/v1/a.gz", "2026-01-02T00:00:00.1239Z")
        .Put("dist/v1/.hidden", "2026-01-05T00:00:00Z")
        .Put("dist/v1/docs/index.html", "2026-01-03T00:00:00Z")
        .Put("dist/empty/", "2026-01-04T00:00:00Z", content: "");

    private LinkTable _links = LinkTable.Empty;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WriteAsync_EmptyCatalog_OneDocumentPerDirectory()
    {
        var report = await WriteAsync();

        Assert.Equal(
            [
                ".release-server/catalog/dist/empty/~listing.json",
                ".release-server/catalog/dist/v1/docs/~listing.json",
                ".release-server/catalog/dist/v1/~listing.json",
                ".release-server/catalog/dist/~listing.json",
                ".release-server/catalog/~listing.json",
            ],
            _bucket.Keys.Where(key => key.StartsWith(".release-server/", StringComparison.Ordinal)));
        Assert.Equal((5, 5, 5, 5, 0, 0), (report.Directories, report.Objects, report.Heads, report.Written, report.Deleted, report.LeftOutCount));
        Assert.All(report.Drift, drift => Assert.Equal(CatalogDriftKind.Missing, drift.Kind));
    }

    [Fact]
    public async Task WriteAsync_SourceDatesByHead_NewestBeneathHiddenAndMarkersIncluded()
    {
        await WriteAsync();

        Assert.Equal(
            """{"format":1,"directory":"dist/","modified":"2026-01-05T00:00:00.000Z","files":[],"directories":[{"name":"empty","modified":"2026-01-04T00:00:00.000Z"},{"name":"v1","modified":"2026-01-05T00:00:00.000Z"}],"links":[]}""",
            _bucket.Text(".release-server/catalog/dist/~listing.json"));
        var document = Document("dist/v1/");
        Assert.Equal([".hidden", "a.gz"], document.Files.Select(file => file.Name));
        Assert.Equal(Date("2026-01-02T00:00:00.123Z"), document.Files[1].Modified);
        Assert.Empty(Document("dist/empty/").Files);
        Assert.NotNull(Document("dist/empty/").Marker);
    }

    [Fact]
    public async Task WriteAsync_NothingChanged_NoHeadAndNoWrite()
    {
        await WriteAsync();
        _bucket.ResetCounts();

        var report = await WriteAsync();

        Assert.Equal((0, 0, 0), (_bucket.Heads, _bucket.Writes, _bucket.Deletions));
        Assert.Equal((0, 0, 0), (report.Heads, report.Written, report.DriftCount));
    }

    [Fact]
    public async Task WriteAsync_OneObjectChanged_OneHeadAndTheDocumentsAboveIt()
    {
        await WriteAsync();
        _bucket.Put("dist/v1/docs/index.html", "2026-03-01T00:00:00Z", content: "longer");
        _bucket.ResetCounts();

        var report = await WriteAsync();

        Assert.Equal((1, 4), (_bucket.Heads, _bucket.Writes));
        Assert.Equal(["", "dist/", "dist/v1/", "dist/v1/docs/"], report.Drift.Select(drift => drift.Directory));
        Assert.All(report.Drift, drift => Assert.Equal(CatalogDriftKind.Outdated, drift.Kind));
        Assert.Equal(Date("2026-03-01T00:00:00Z"), Document("").Modified);
    }

    [Fact]
    public async Task WriteAsync_DateChangedButNotTheBytes_SeenWithRereadDatesOnly()
    {
        await WriteAsync();
        _bucket.Put("readme.txt", "2026-06-01T00:00:00Z");

        var ordinary = await WriteAsync();
        var thorough = await WriteAsync(new CatalogWriteOptions { RereadDates = true });

        Assert.Equal((0, 0), (ordinary.Heads, ordinary.Written));
        Assert.Equal((5, 1), (thorough.Heads, thorough.Written));
        Assert.Equal(Date("2026-06-01T00:00:00Z"), Document("").Files[0].Modified);
    }

    [Fact]
    public async Task WriteAsync_DirectoryGone_DocumentDeleted()
    {
        await WriteAsync();
        _bucket.Remove("dist/empty/");

        var report = await WriteAsync();

        Assert.Equal((1, 1), (report.Deleted, report.Written));
        Assert.Equal(
            [new CatalogDrift("dist/", CatalogDriftKind.Outdated), new CatalogDrift("dist/empty/", CatalogDriftKind.Leftover)], report.Drift);
        Assert.DoesNotContain(".release-server/catalog/dist/empty/~listing.json", _bucket.Keys);
    }

    [Fact]
    public async Task WriteAsync_CheckOnly_ReportsAndChangesNothing()
    {
        await WriteAsync();
        _bucket.Remove("dist/empty/");
        _bucket.Remove(".release-server/catalog/dist/v1/~listing.json");
        var before = _bucket.Keys.ToArray();
        _bucket.ResetCounts();

        var report = await WriteAsync(new CatalogWriteOptions { CheckOnly = true });

        Assert.Equal((0, 0, 0, 0), (_bucket.Writes, _bucket.Deletions, report.Written, report.Deleted));
        Assert.Equal(before, _bucket.Keys);
        Assert.Equal(
            [
                new CatalogDrift("dist/", CatalogDriftKind.Outdated),
                new CatalogDrift("dist/empty/", CatalogDriftKind.Leftover),
                new CatalogDrift("dist/v1/", CatalogDriftKind.Missing),
            ],
            report.Drift);
    }

    [Fact]
    public async Task WriteAsync_BadDocument_WrittenAgain()
    {
        await WriteAsync();
        _bucket.Put(".release-server/catalog/dist/~listing.json", content: "{");

        var report = await WriteAsync();

        Assert.Equal([new CatalogDrift("dist/", CatalogDriftKind.Outdated)], report.Drift);
        Assert.Equal(2, Document("dist/").Directories.Count);
    }

    [Fact]
    public async Task WriteAsync_DocumentWithANameTwice_WrittenAgain()
    {
        await WriteAsync();
        const string Key = ".release-server/catalog/dist/v1/~listing.json";
        var whole = _bucket.Text(Key);
        const string Start = "\"files\":[";
        var first = whole[(whole.IndexOf(Start, StringComparison.Ordinal) + Start.Length)..(whole.IndexOf("},", StringComparison.Ordinal) + 2)];
        _bucket.Put(Key, content: whole.Replace(Start, Start + first, StringComparison.Ordinal));

        var report = await WriteAsync();

        Assert.Equal([new CatalogDrift("dist/v1/", CatalogDriftKind.Outdated)], report.Drift);
        Assert.Equal(whole, _bucket.Text(Key));
    }

    [Fact]
    public async Task WriteAsync_OtherReservedObjects_NeitherListedNorDeleted()
    {
        _bucket.Put(".release-server/generation.json").Put(".release-server/catalog/note.txt");

        var report = await WriteAsync();

        Assert.Equal((5, 0), (report.Objects, report.Deleted));
        Assert.Contains(".release-server/catalog/note.txt", _bucket.Keys);
    }

    [Fact]
    public async Task WriteAsync_BucketThatListsSourceDates_NoHead()
    {
        var folder = new FakeBucket { ListsSourceDates = true }.Put("a/b.txt", "2026-01-02T00:00:00Z");

        var report = await CatalogWriter.WriteAsync(folder, _links, new CatalogWriteOptions(), progress: null, Cancellation);

        Assert.Equal((0, 0, 2), (folder.Heads, report.Heads, report.Written));
        Assert.Contains("2026-01-02T00:00:00.000Z", folder.Text(".release-server/catalog/a/~listing.json"), StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task WriteAsync_HeadParallelism_UsedAndNotExceeded()
    {
        _bucket.HoldHeadsUntil = 2;

        await WriteAsync(new CatalogWriteOptions { HeadParallelism = 2 });

        Assert.Equal(2, _bucket.MostHeads);
    }

    [Fact]
    public async Task WriteAsync_Links_FactsOfTheirTargets()
    {
        _links = new LinkTable(
        [
            new Link("dist/latest", "dist/v1", IsDirectory: true),
            new Link("dist/readme", "readme.txt", IsDirectory: false),
            new Link("dist/dangling", "dist/v9", IsDirectory: true),
            new Link("only/links/docs", "dist/v1/docs", IsDirectory: true),
        ]);

        var report = await WriteAsync();

        Assert.Equal(
            [
                new CatalogLink("latest", "dist/v1", Directory: true, Date("2026-01-05T00:00:00Z")),
                new CatalogLink("readme", "readme.txt", Directory: false, Date("2026-01-01T00:00:00Z"), 3),
            ],
            Document("dist/").Links);
        Assert.False(Document("only/links/").HasObjects);
        Assert.Equal("docs", Assert.Single(Document("only/links/").Links).Name);
        Assert.Equal(["dist"], Document("").Directories.Select(directory => directory.Name));
        Assert.Equal(6, report.Directories);
    }

    [Fact]
    public async Task WriteAsync_DirectoryTooDeepForADocument_LeftOutAndReported()
    {
        var deep = string.Concat(Enumerable.Repeat(new string('d', 200) + "/", 5));
        _bucket.Put(deep + "a.txt", "2026-09-01T00:00:00Z");

        var report = await WriteAsync();

        Assert.Equal([deep], report.LeftOut);
        Assert.Equal((1, 10), (report.LeftOutCount, report.Directories));
        Assert.Equal(Date("2026-09-01T00:00:00Z"), Document("").Modified);
    }

    [Fact]
    public async Task WriteAsync_KeysThatNoPathLeadsTo_IgnoredAndCounted()
    {
        _bucket.Put("dist//x").Put("dist/../y").Put("//").Put("/z");

        var report = await WriteAsync();

        Assert.Equal((5, 4, 5), (report.Objects, report.Ignored, report.Directories));
    }

    [Fact]
    public async Task WriteAsync_DirectoryNamedAsADocument_NoCollision()
    {
        _bucket.Put("dist/~listing.json/x.txt");

        var report = await WriteAsync();
        var again = await WriteAsync();

        Assert.Equal((6, 0), (report.Written, again.DriftCount));
        Assert.Equal("x.txt", Assert.Single(Document("dist/~listing.json/").Files).Name);
    }

    [Fact]
    public async Task WriteAsync_BucketDown_BucketUnavailableException()
    {
        _bucket.IsDown = true;

        await Assert.ThrowsAsync<BucketUnavailableException>(() => WriteAsync());
    }

    private Task<CatalogReport> WriteAsync(CatalogWriteOptions? options = null) =>
        CatalogWriter.WriteAsync(_bucket, _links, options ?? new CatalogWriteOptions(), progress: null, Cancellation);

    private CatalogDocument Document(string directory)
    {
        Assert.True(CatalogKeys.TryCreate(directory, out var key));
        return CatalogDocument.Parse(System.Text.Encoding.UTF8.GetBytes(_bucket.Text(key.Value)), directory);
    }

    private static DateTimeOffset Date(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
