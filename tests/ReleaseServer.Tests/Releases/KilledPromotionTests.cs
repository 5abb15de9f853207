using ReleaseServer.Buckets;
using ReleaseServer.Releases;

namespace ReleaseServer.Tests.Releases;

/// <summary>Promotions, rollbacks and withdrawals that end at each of their writes: what is shown is whole, and the same command goes on.</summary>
public sealed class KilledPromotionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Promote_KilledAtEachWrite_ReadersSeeOldOrNewAndTheNextRunCompletesIt(bool isAnswerLost)
    {
        var whole = await PromotionOfTest.StartAsync();
        var before = await whole.ReadAsync();
        await whole.PromoteAsync();
        var after = await whole.ReadAsync();
        var writes = whole.Production.Changes;
        Assert.True(writes > 20, $"only {writes} writes");

        // Without those of the lease, which come and go as they like.
        for (var killed = 0; killed < writes; killed++)
        {
            var test = await PromotionOfTest.StartAsync();
            Kill(test, killed, isAnswerLost);

            // The last writes are not waited for by anyone.
            await Record.ExceptionAsync(() => test.PromoteAsync());
            var broken = await test.ReadAsync();
            Assert.True(broken.IsSameAs(before) || broken.IsSameAs(after), $"neither old nor new after write {killed}");

            Revive(test);
            var outcome = await test.PromoteAsync();

            Assert.Empty(outcome.Faults);
            var done = await test.ReadAsync();
            Assert.True(done.Shows(PromotionOfTest.Name));
            Assert.True(done.IsSameAs(after), $"not as it should be after write {killed}");
            Assert.Empty(done.Links.Document.Unlisted);
            Assert.Empty(await PromotionOfTest.DumpAsync(test.Store, ".release-server/promotions/"));
            Assert.Single(await AuditLog.ReadAsync(test.Store, 10, PromotionOfTest.Token));
            AssertSamePlain(await PromotionOfTest.DumpAsync(whole.Store, "nodejs/"), await PromotionOfTest.DumpAsync(test.Store, "nodejs/"));
        }
    }

    [Fact]
    public async Task RollBack_KilledAtEachWrite_ReadersSeeOldOrNewAndTheNextRunCompletesIt()
    {
        var whole = await PromotionOfTest.StartAsync();
        var before = await whole.ReadAsync();
        await whole.PromoteAsync();
        var after = await whole.ReadAsync();
        var first = whole.Production.Changes;
        await whole.RollBackAsync();
        var writes = whole.Production.Changes - first;

        for (var killed = 0; killed < writes; killed++)
        {
            var test = await PromotionOfTest.StartAsync();
            await test.PromoteAsync();
            Kill(test, test.Production.Changes + killed, isAnswerLost: false);

            await Record.ExceptionAsync(() => test.RollBackAsync());
            var broken = await test.ReadAsync();
            Assert.True(broken.IsSameAs(before) || broken.IsSameAs(after), $"neither old nor new after write {killed}");

            Revive(test);
            await test.RollBackAsync();
            Assert.True((await test.ReadAsync()).IsSameAs(before));
        }
    }

    [Fact]
    public async Task Withdraw_KilledAtEachWrite_NextRunCompletesIt()
    {
        var whole = await PromotionOfTest.StartAsync();
        var before = await whole.ReadAsync();
        await whole.PromoteAsync();
        var first = whole.Production.Changes;
        await whole.WithdrawAsync(keepsFiles: false);
        var writes = whole.Production.Changes - first;

        for (var killed = 0; killed < writes; killed += 3)
        {
            var test = await PromotionOfTest.StartAsync();
            await test.PromoteAsync();
            Kill(test, test.Production.Changes + killed, isAnswerLost: false);
            await Record.ExceptionAsync(() => test.WithdrawAsync(keepsFiles: false));

            Revive(test);
            Assert.Empty((await test.WithdrawAsync(keepsFiles: false)).Faults);

            Assert.True((await test.ReadAsync()).IsSameAs(before));
            Assert.Empty(await PromotionOfTest.DumpAsync(test.Store, PromotionOfTest.Directory));
        }
    }

    // Nothing of a killed process is written any more.
    private static void Kill(PromotionOfTest test, int at, bool isAnswerLost)
    {
        void Throw(int number, AssetKey key)
        {
            if (number >= at)
            {
                throw new BucketUnavailableException($"killed at {key}");
            }
        }

        test.Production.BeforeChange = (number, key) => Throw(isAnswerLost ? number - 1 : number, key);
        test.Production.AfterChange = isAnswerLost ? Throw : null;
    }

    private static void Revive(PromotionOfTest test) => (test.Production.BeforeChange, test.Production.AfterChange) = (null, null);

    // The dates of the index differ by nothing, for the clock stands.
    private static void AssertSamePlain(SortedDictionary<string, string> expected, SortedDictionary<string, string> actual) => Assert.Equal(expected, actual);
}
