using System.Text;
using ReleaseServer.Buckets;
using ReleaseServer.Listings;
using ReleaseServer.Releases;
using ReleaseServer.Sample;
using ReleaseServer.Site;

namespace ReleaseServer.Tests.Releases;

public sealed class PromotionTests
{
    private const string Sums = PromotionOfTest.Directory + ShasumsFile.FileName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Promote_GoodVersion_FilesIndexLinksAndListingsShowIt(bool withCatalog)
    {
        var test = await PromotionOfTest.StartAsync(withCatalog);
        var before = await test.ReadAsync();

        var outcome = await test.PromoteAsync();

        Assert.Empty(outcome.Faults);
        var view = await test.ReadAsync();
        Assert.False(before.Shows(PromotionOfTest.Name));
        Assert.True(view.Shows(PromotionOfTest.Name));
        Assert.Empty(view.Links.Document.Unlisted);
        Assert.Equal((before.Generation.Generation, view.Generation.Generation), (outcome.Before, outcome.After));
        foreach (var (key, tag) in await PromotionOfTest.DumpAsync(test.Staging))
        {
            Assert.True(AssetKey.TryCreate(key, out var made));
            var there = await test.Store.HeadAsync(made, Token);
            Assert.Equal(tag, there!.EntityTag.ToString());
            Assert.Equal((await test.Staging.HeadAsync(made, Token))!.Modified, there.Modified);
            Assert.Contains(there.Digests, static digest => digest.Algorithm == DigestAlgorithm.Sha256);
        }
    }

    [Fact]
    public async Task Promote_Done_PlainIndexAuditLineAndNothingLeftBehind()
    {
        var test = await PromotionOfTest.StartAsync();

        var outcome = await test.PromoteAsync(PromotionOfTest.Request() with { Reason = "the monthly one" });

        var view = await test.ReadAsync();
        Assert.True(AssetKey.TryCreate("nodejs/release/index.json", out var key));
        Assert.Equal(view.Index, Encoding.UTF8.GetString((await OwnDocuments.ReadAsync(test.Store, key, Token))!.Content.Span));
        var line = Assert.Single(await AuditLog.ReadAsync(test.Store, 10, Token));
        Assert.Equal(
            ("deploy@build-3", "promote v26.8.0", "the monthly one", outcome.Before, outcome.After, view.Generation.Purges),
            (line.By, line.Command, line.Reason, line.Before, line.After, line.Purge));
        Assert.Empty(await PromotionOfTest.DumpAsync(test.Store, ".release-server/promotions/"));
    }

    [Fact]
    public async Task Promote_Done_CatalogIsWhatAWholeRunWouldWrite()
    {
        var test = await PromotionOfTest.StartAsync();
        await test.PromoteAsync();
        var links = (await test.ReadAsync()).Links.Table;

        var report = await CatalogWriter.WriteAsync(test.Store, links, new CatalogWriteOptions { CheckOnly = true }, progress: null, Token);

        // The plain index is written last, and its row is the overlay's.
        Assert.Equal(["", "nodejs/", "nodejs/release/"], report.Drift.Select(static drift => drift.Directory).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Promote_Done_PurgeNamesTheVersionAndTheDocumentsThatChanged()
    {
        var test = await PromotionOfTest.StartAsync();

        await test.PromoteAsync();

        var generation = (await test.ReadAsync()).Generation;
        var entry = await new PublishedSite(test.Store).ReadPurgeAsync(generation.Purges, Token);
        var tags = entry!.Note.Purge.Tags.Select(static tag => tag.ToString()).ToList();
        Assert.Contains("dir:nodejs/release/v26.8.0/", tags);
        Assert.Contains("key:.release-server/catalog/nodejs/release/~listing.json", tags);
        Assert.DoesNotContain(tags, static tag => tag.Contains("v26.7.0", StringComparison.Ordinal));
        Assert.False(entry.Note.Purge.IsHard);
    }

    [Fact]
    public async Task Promote_Again_NothingToDoAndNothingWritten()
    {
        var test = await PromotionOfTest.StartAsync();
        await test.PromoteAsync();
        var before = await PromotionOfTest.DumpAsync(test.Store);

        var outcome = await test.PromoteAsync();

        Assert.Empty(outcome.Faults);
        Assert.Equal(outcome.Before, outcome.After);
        Assert.Equal(before, await PromotionOfTest.DumpAsync(test.Store));
    }

    [Fact]
    public async Task Promote_DryRun_SaysWhatWouldChangeAndWritesNothing()
    {
        var test = await PromotionOfTest.StartAsync();
        var before = await PromotionOfTest.DumpAsync(test.Store);

        var outcome = await test.PromoteAsync(dryRun: true);

        Assert.Contains(outcome.Links, static change => change.ToString() == "~ nodejs/release/latest -> nodejs/release/v26.8.0 (was nodejs/release/v26.7.0)");
        Assert.Contains(outcome.Index, static change => change.StartsWith("+ v26.8.0", StringComparison.Ordinal));
        Assert.Equal(outcome.Files, outcome.Copied);
        Assert.Equal(before, await PromotionOfTest.DumpAsync(test.Store));
    }

    [Fact]
    public async Task Promote_NoListOfChecksums_ListIsMadeOfTheFiles()
    {
        var test = await PromotionOfTest.StartAsync();
        Assert.True(test.Staging.Remove(Sums));

        var outcome = await test.PromoteAsync();

        Assert.Empty(outcome.Faults);
        Assert.True((await test.ReadAsync()).Shows(PromotionOfTest.Name));
        Assert.Equal(
            Encoding.UTF8.GetString(SampleAssets.ChecksumsOf(SampleAssets.Of(PromotionOfTest.Version(PromotionOfTest.Name))).Content),
            await TextAsync(test, Sums));
    }

    [Fact]
    public async Task Promote_MovedLinks_FormerTargetsAreKeptForTheOverlap()
    {
        var test = await PromotionOfTest.StartAsync();

        await test.PromoteAsync();

        var (links, now) = ((await test.ReadAsync()).Links, test.Clock.GetUtcNow());
        Assert.Equal(
            ["nodejs/release/v26.7.0/node-v26.7.0.tar.gz"],
            links.Overlay.OtherKeysOf("nodejs/release/latest/node-v26.7.0.tar.gz", links.Table, now).Select(static other => other.Key));
        Assert.Empty(links.Overlay.OtherKeysOf("nodejs/release/latest/node-v26.7.0.tar.gz", links.Table, now.AddHours(7)));
    }

    [Fact]
    public async Task Promote_ToldToReplace_ThoseBytesAndNoOthers()
    {
        var test = await PromotionOfTest.StartAsync();
        await test.PromoteAsync();
        test.Staging.Put(PromotionOfTest.Directory + "docs/api/index.html", "mended");
        var refused = await test.PromoteAsync();
        test.Clock.Advance(TimeSpan.FromMinutes(1));

        var outcome = await test.PromoteAsync(PromotionOfTest.Request() with { Replace = new HashSet<string> { "docs/api/index.html" }, Reason = "a broken page" });

        Assert.Equal("docs/api/index.html: is published already with other bytes; published files do not change (--replace docs/api/index.html --reason ...)", Assert.Single(refused.Faults));
        Assert.Equal((0, 1), (outcome.Faults.Count, outcome.Copied));
        Assert.Equal("mended", await TextAsync(test, PromotionOfTest.Directory + "docs/api/index.html"));
        var entry = await new PublishedSite(test.Store).ReadPurgeAsync((await test.ReadAsync()).Generation.Purges, Token);
        Assert.Contains("key:nodejs/release/v26.8.0/docs/api/index.html", entry!.Note.Purge.Tags.Select(static tag => tag.ToString()));
        Assert.DoesNotContain("dir:nodejs/release/v26.8.0/", entry.Note.Purge.Tags.Select(static tag => tag.ToString()));
        Assert.Contains((await AuditLog.ReadAsync(test.Store, 10, Token))[^1].Detail!, static text => text == "replaced docs/api/index.html");
    }

    [Fact]
    public async Task Promote_OtherChannels_EachHasAnIndexOfItsOwn()
    {
        var test = await PromotionOfTest.StartAsync();
        var nightly = PromotionOfTest.Version("v27.0.0-nightly20260821aabbccddee", "nightly");
        test.Stage(nightly);

        var outcome = await test.PromoteAsync(PromotionOfTest.Request(nightly.Name, "nodejs/nightly"));

        Assert.Empty(outcome.Faults);
        var view = await test.ReadAsync();
        Assert.Contains(view.Links.Document.Documents, static pin => pin.Key == "nodejs/nightly/index.json");
        Assert.DoesNotContain("nightly", view.Index, StringComparison.Ordinal);
        Assert.Contains(nightly.Name, await TextAsync(test, "nodejs/nightly/index.json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promote_PartOfANightlyAndThenTheRest_ListOfChecksumsGrows()
    {
        var test = await PromotionOfTest.StartAsync();
        var nightly = PromotionOfTest.Version("v27.0.0-nightly20260821aabbccddee", "nightly");
        test.Stage(nightly, withSums: false);
        var late = $"{nightly.Directory}/node-{nightly.Name}-darwin-x64.tar.gz";
        Assert.True(AssetKey.TryCreate(late, out var lateKey));
        var content = (await OwnDocuments.ReadAsync(test.Staging, lateKey, Token))!.Content.ToArray();
        test.Staging.Remove(late);
        await test.PromoteAsync(PromotionOfTest.Request(nightly.Name, "nodejs/nightly"));
        var first = await TextAsync(test, $"{nightly.Directory}/{ShasumsFile.FileName}");
        test.Staging.Put(late, content);

        var outcome = await test.PromoteAsync(PromotionOfTest.Request(nightly.Name, "nodejs/nightly"));

        Assert.Empty(outcome.Faults);
        var second = await TextAsync(test, $"{nightly.Directory}/{ShasumsFile.FileName}");
        Assert.DoesNotContain("darwin-x64.tar.gz", first, StringComparison.Ordinal);
        Assert.Contains("darwin-x64.tar.gz", second, StringComparison.Ordinal);
        Assert.Equal(2, outcome.Copied);
    }

    private static async Task<string> TextAsync(PromotionOfTest test, string name)
    {
        Assert.True(AssetKey.TryCreate(name, out var key));
        return Encoding.UTF8.GetString((await OwnDocuments.ReadAsync(test.Store, key, Token))!.Content.Span);
    }
}
