namespace ReleaseServer.Tests.Commands;

/// <summary>The verbs that write: <c>links</c> and <c>catalog</c>.</summary>
public sealed class PublishingCommandsTests : IDisposable
{
    private readonly CommandRunner _runner = new();

    public PublishingCommandsTests()
    {
        _runner.Folder.Write("data/bucket/nodejs/release/v20.20.2/SHASUMS256.txt", "x");
        _runner.Folder.Write("data/bucket/nodejs/release/v26.7.0/SHASUMS256.txt", "x");
    }

    private string OwnDocuments => _runner.Folder.In("data/bucket/.release-server");

    public void Dispose() => _runner.Dispose();

    [Fact]
    public async Task Links_FirstTime_PrintsAndPublishesEachLink()
    {
        var result = await _runner.RunAsync("links");

        Golden.Equal("links.txt", result.Output);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.True(File.Exists(Path.Combine(OwnDocuments, "generation.json")));
    }

    [Fact]
    public async Task Links_Again_NothingChanges()
    {
        await _runner.RunAsync("links");
        var before = await ReadOwnDocumentsAsync();

        var result = await _runner.RunAsync("links");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("4 links; nothing has changed", result.OutputLines[^1]);
        Assert.Equal(before, await ReadOwnDocumentsAsync());
    }

    [Fact]
    public async Task Links_DryRun_PrintsButWritesNothing()
    {
        var result = await _runner.RunAsync("links", "--dry-run");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("+ nodejs/release/latest -> nodejs/release/v26.7.0", result.OutputLines);
        Assert.Equal("4 links; 4 would change, nothing was written (--dry-run)", result.OutputLines[^1]);
        Assert.False(Directory.Exists(OwnDocuments));
    }

    [Fact]
    public async Task Links_AfterARelease_OnlyWhatMoved()
    {
        await _runner.RunAsync("links");
        _runner.Folder.Write("data/bucket/nodejs/release/v26.8.0/SHASUMS256.txt", "x");

        var result = await _runner.RunAsync("links");

        Assert.Equal(
            [
                "~ nodejs/release/latest -> nodejs/release/v26.8.0 (was nodejs/release/v26.7.0)",
                "~ nodejs/release/latest-v26.x -> nodejs/release/v26.8.0 (was nodejs/release/v26.7.0)",
            ],
            result.OutputLines.Where(line => line[0] is '~' or '+' or '-'));
        Assert.Equal("4 links; 2 changed, published as generation 2", result.OutputLines[^1]);
    }

    [Fact]
    public async Task Links_WithTheRulesOfAnotherSite_RefusedUntilAllowed()
    {
        await _runner.RunAsync("links");
        var before = await ReadOwnDocumentsAsync();
        _runner.Folder.Write("site/routes.json", """{ "format": 1, "routes": [ { "path": "/", "key": "" } ] }""");

        var refused = await _runner.RunAsync("links", "--Site:Path=site");
        var kept = await ReadOwnDocumentsAsync();
        var allowed = await _runner.RunAsync("links", "--Site:Path=site", "--allow-removal");

        Assert.Equal(1, refused.ExitCode);
        Assert.StartsWith("Refusing to remove 4 of 4 published links. ", Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(before, kept);
        Assert.Equal((0, "0 links; 4 changed, published as generation 2"), (allowed.ExitCode, allowed.OutputLines[^1]));
    }

    [Fact]
    public async Task Links_AnotherLayout_SaysWhatIsThereAndWhereToSayIt()
    {
        _runner.Folder.Write("other/v1.4.2/app.zip", "x");

        var result = await _runner.RunAsync("links", "--Bucket:Path=other");

        Assert.Contains(
            "left out nodejs/release/v{version}: no version is here, that is no directory named v{version}; the bucket holds v1.4.2/. "
            + "Another layout is said in releases.json (docs/site-data.md)",
            result.OutputLines);
    }

    [Fact]
    public async Task Links_PublishedLinksBroken_ReplacedWithAWord()
    {
        await _runner.RunAsync("links");
        await File.WriteAllTextAsync(Assert.Single(Directory.GetFiles(Path.Combine(OwnDocuments, "links"))), "{", TestContext.Current.CancellationToken);

        var broken = await _runner.RunAsync("links");
        var mended = await _runner.RunAsync("links");

        Assert.Equal("The published links cannot be read, so all of them count as new:", broken.ErrorLines[0]);
        Assert.Equal("4 links; 4 changed, published as generation 2", broken.OutputLines[^1]);
        Assert.Equal((0, "", "4 links; nothing has changed"), (mended.ExitCode, mended.Error, mended.OutputLines[^1]));
    }

    [Fact]
    public async Task Links_PublishedGenerationBroken_LeftToAPerson()
    {
        _runner.Folder.Write("data/bucket/.release-server/generation.json", "{");

        var result = await _runner.RunAsync("links");

        Assert.Equal(78, result.ExitCode);
        Assert.StartsWith("generation.json: line 1: is not JSON", result.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Equal("{", await File.ReadAllTextAsync(Path.Combine(OwnDocuments, "generation.json"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Catalog_Check_FailsOnDriftAndPassesAfterCatalog()
    {
        var before = await _runner.RunAsync("catalog", "--check");
        var written = await _runner.RunAsync("catalog");
        var after = await _runner.RunAsync("catalog", "--check");

        Assert.Equal((1, 0, 0), (before.ExitCode, written.ExitCode, after.ExitCode));
        Assert.Equal(["missing  (root)", "missing  nodejs/", "missing  nodejs/release/"], before.OutputLines.Take(3));
        Assert.Equal("5 directories differ from the catalog", before.OutputLines[^1]);
        Assert.Equal(
            ["2 objects in 5 directories; 0 dates asked for", "5 documents written, 0 deleted", "Directories are listed from the catalog, published as generation 1"],
            written.OutputLines);
        Assert.Equal("0 directories differ from the catalog", after.OutputLines[^1]);
    }

    [Fact]
    public async Task Catalog_Check_WritesNothing()
    {
        await _runner.RunAsync("catalog", "--check");

        Assert.False(Directory.Exists(OwnDocuments));
    }

    [Fact]
    public async Task Catalog_OneOfAKind_Singular()
    {
        Directory.Delete(_runner.Folder.In("data/bucket/nodejs"), recursive: true);
        _runner.Folder.Write("data/bucket/x", "x");

        var check = await _runner.RunAsync("catalog", "--check");
        var written = await _runner.RunAsync("catalog");

        Assert.Equal("1 directory differs from the catalog", check.OutputLines[^1]);
        Assert.Equal(["1 object in 1 directory; 0 dates asked for", "1 document written, 0 deleted"], written.OutputLines.Take(2));
    }

    [Fact]
    public async Task Catalog_Again_SameGeneration()
    {
        await _runner.RunAsync("catalog");

        var result = await _runner.RunAsync("catalog");

        Assert.Equal(["0 documents written, 0 deleted", "Nothing has changed"], result.OutputLines.Skip(1));
    }

    [Fact]
    public async Task Catalog_PromotionAtWork_RefusedAndNothingWritten()
    {
        _runner.Folder.Write(
            "data/bucket/.release-server/lease.json",
            """{ "format": 1, "holder": "deploy@build-3", "process": 7, "command": "promote v26.8.0", "until": "2999-01-01T00:00:00Z" }""");
        var before = await ReadOwnDocumentsAsync();

        var refused = await _runner.RunAsync("catalog");
        var checkedOnly = await _runner.RunAsync("catalog", "--check");

        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.StartsWith("deploy@build-3 (process 7) is at work here: promote v26.8.0. ", Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(before, await ReadOwnDocumentsAsync());
        Assert.Equal("5 directories differ from the catalog", checkedOnly.OutputLines[^1]);
    }

    [Fact]
    public async Task Catalog_HolderIsDeadSinceLong_TakenOver()
    {
        _runner.Folder.Write(
            "data/bucket/.release-server/lease.json",
            """{ "format": 1, "holder": "deploy@build-3", "process": 7, "command": "promote v26.8.0", "until": "2020-01-01T00:00:00Z" }""");

        var written = await _runner.RunAsync("catalog");

        Assert.Equal((0, ""), (written.ExitCode, written.Error));
    }

    private async Task<SortedDictionary<string, string>> ReadOwnDocumentsAsync()
    {
        var documents = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(OwnDocuments, "*.json", SearchOption.AllDirectories))
        {
            documents.Add(file, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        }

        return documents;
    }
}
