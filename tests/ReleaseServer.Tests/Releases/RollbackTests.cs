using ReleaseServer.Buckets;
using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Tests.Releases;

public sealed class RollbackTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RollBack_Version_LinksIndexAndListingsOfBeforeInOneStepAndFilesStay()
    {
        var test = await PromotionOfTest.StartAsync();
        var before = await test.ReadAsync();
        await test.PromoteAsync();
        var generation = (await test.ReadAsync()).Generation.Generation;

        var outcome = await test.RollBackAsync();

        Assert.Empty(outcome.Faults);
        var view = await test.ReadAsync();
        Assert.True(view.IsSameAs(before));
        Assert.False(view.Shows(PromotionOfTest.Name));
        Assert.Equal((generation, generation + 1), (outcome.Before, outcome.After));
        Assert.Equal(new UnlistedVersion(PromotionOfTest.Directory, UnlistedState.Hidden), Assert.Single(view.Links.Document.Unlisted));
        Assert.NotEmpty(await PromotionOfTest.DumpAsync(test.Store, PromotionOfTest.Directory));
        Assert.True(AssetKey.TryCreate("nodejs/release/index.json", out var plain));
        Assert.Equal(before.Index, System.Text.Encoding.UTF8.GetString((await OwnDocuments.ReadAsync(test.Store, plain, Token))!.Content.Span));
    }

    [Fact]
    public async Task RollBack_Version_WhoReadTheListOfNamesBeforeItStillGetsThem()
    {
        var test = await PromotionOfTest.StartAsync();
        await test.PromoteAsync();

        await test.RollBackAsync();

        var links = (await test.ReadAsync()).Links;
        Assert.Contains(
            "nodejs/release/v26.8.0/node-v26.8.0.tar.gz",
            links.Overlay.OtherKeysOf("nodejs/release/latest/node-v26.8.0.tar.gz", links.Table, test.Clock.GetUtcNow()).Select(static other => other.Key));
    }

    [Fact]
    public async Task RollBack_AndPromoteAgain_ShownAgainWithoutACopy()
    {
        var test = await PromotionOfTest.StartAsync();
        await test.PromoteAsync();
        var after = await test.ReadAsync();
        await test.RollBackAsync();

        var outcome = await test.PromoteAsync();

        Assert.Equal((0, 0), (outcome.Faults.Count, outcome.Copied));
        Assert.True((await test.ReadAsync()).IsSameAs(after));
    }

    [Fact]
    public async Task RollBack_ToTheGenerationOfThePromotion_UndoesTheRollback()
    {
        var test = await PromotionOfTest.StartAsync();
        await test.PromoteAsync();
        var after = await test.ReadAsync();
        await test.RollBackAsync();

        var outcome = await test.RollBackAsync(directory: null, after.Generation.Generation);

        Assert.Equal([PromotionOfTest.Directory], outcome.Shown);
        Assert.True((await test.ReadAsync()).IsSameAs(after));
    }

    [Fact]
    public async Task RollBack_LaterVersionWasPromoted_RefusedAndNamesIt()
    {
        var test = await PromotionOfTest.StartAsync();
        test.Stage(PromotionOfTest.Version("v26.9.0"));
        await test.PromoteAsync();
        await test.PromoteAsync(PromotionOfTest.Request("v26.9.0"));
        var before = await test.ReadAsync();

        var outcome = await test.RollBackAsync();

        Assert.Contains("nodejs/release/v26.9.0/ was promoted after it", Assert.Single(outcome.Faults), StringComparison.Ordinal);
        Assert.True((await test.ReadAsync()).IsSameAs(before));
    }

    [Fact]
    public async Task RollBack_PromotionThatBrokeOff_IsGivenUp()
    {
        var test = await PromotionOfTest.StartAsync();
        var before = await test.ReadAsync();
        test.Production.BeforeChange = static (_, key) =>
        {
            if (key.Value.EndsWith(ShasumsFile.FileName, StringComparison.Ordinal))
            {
                throw new BucketUnavailableException("killed");
            }
        };
        await Assert.ThrowsAsync<BucketUnavailableException>(() => test.PromoteAsync());
        test.Production.BeforeChange = null;

        await test.RollBackAsync();

        var view = await test.ReadAsync();
        Assert.True(view.IsSameAs(before));
        Assert.Equal(UnlistedState.Hidden, Assert.Single(view.Links.Document.Unlisted).State);
        Assert.Empty(await PromotionOfTest.DumpAsync(test.Store, ".release-server/promotions/"));
    }

    [Fact]
    public async Task RollBack_NeverPromoted_Refused()
    {
        var test = await PromotionOfTest.StartAsync();

        var outcome = await test.RollBackAsync("nodejs/release/v26.7.0/");

        Assert.StartsWith("nodejs/release/v26.7.0/ was not promoted in any publication that is kept", Assert.Single(outcome.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Withdraw_Version_GoneFromAllAndFilesDeleted()
    {
        var test = await PromotionOfTest.StartAsync();
        var before = await test.ReadAsync();
        await test.PromoteAsync();

        var outcome = await test.WithdrawAsync(keepsFiles: false);

        Assert.Empty(outcome.Faults);
        var view = await test.ReadAsync();
        Assert.True(view.IsSameAs(before));
        Assert.True(view.Links.Overlay.IsWithdrawn(PromotionOfTest.Directory + "node-v26.8.0.tar.gz"));
        Assert.Empty(await PromotionOfTest.DumpAsync(test.Store, PromotionOfTest.Directory));
        Assert.Empty(await PromotionOfTest.DumpAsync(test.Store, ".release-server/catalog/" + PromotionOfTest.Directory));
        Assert.DoesNotContain(
            links(view).OtherKeysOf("nodejs/release/latest/node-v26.8.0.tar.gz", view.Links.Table, test.Clock.GetUtcNow()),
            static other => other.Key.Contains("v26.8.0", StringComparison.Ordinal));
        Assert.True((await new PublishedSite(test.Store).ReadPurgeAsync(view.Generation.Purges, Token))!.Note.Purge.IsHard);
        Assert.Equal("withdraw v26.8.0", (await AuditLog.ReadAsync(test.Store, 10, Token))[^1].Command);

        static SiteOverlay links(ReaderView shown) => shown.Links.Overlay;
    }

    [Fact]
    public async Task Withdraw_KeepFiles_HiddenAndFilesStay()
    {
        var test = await PromotionOfTest.StartAsync();
        var before = await test.ReadAsync();
        await test.PromoteAsync();
        var files = await PromotionOfTest.DumpAsync(test.Store, PromotionOfTest.Directory);

        await test.WithdrawAsync(keepsFiles: true);

        var view = await test.ReadAsync();
        Assert.True(view.IsSameAs(before));
        Assert.False(view.Links.Overlay.IsWithdrawn(PromotionOfTest.Directory + "node-v26.8.0.tar.gz"));
        Assert.Equal(files, await PromotionOfTest.DumpAsync(test.Store, PromotionOfTest.Directory));
    }

    [Fact]
    public async Task Promote_WithdrawnVersion_RefusedForItsNameIsNotUsedAgain()
    {
        var test = await PromotionOfTest.StartAsync();
        await test.PromoteAsync();
        await test.WithdrawAsync(keepsFiles: false);

        var outcome = await test.PromoteAsync();

        Assert.Contains("v26.8.0 was withdrawn, and its name is not used again", outcome.Faults);
    }
}
