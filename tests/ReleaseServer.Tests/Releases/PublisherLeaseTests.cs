using ReleaseServer.Buckets;
using ReleaseServer.Releases;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Releases;

public sealed class PublisherLeaseTests
{
    private readonly FaultyBucket _bucket = new(new InMemoryBucket());
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 8, 20, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Acquire_SomebodyElseHasIt_RefusedAndNamesTheHolder()
    {
        await using var first = await AcquireAsync("deploy@build-3");

        var exception = await Assert.ThrowsAsync<LeaseHeldException>(() => AcquireAsync("alice@desk"));

        Assert.Equal(
            $"deploy@build-3 (process {Environment.ProcessId}) is at work here: promote v1. Its lease ends at 12:00:30 UTC unless it is renewed", exception.Message);
        await Assert.ThrowsAsync<LeaseHeldException>(() => PublisherLease.PeekAsync(_bucket, "alice@desk", _clock, Token));
    }

    [Fact]
    public async Task Acquire_GivenBack_Free()
    {
        await using (await AcquireAsync("deploy@build-3"))
        {
        }

        await using var second = await AcquireAsync("alice@desk");

        Assert.False(second.Held.IsCancellationRequested);
    }

    [Fact]
    public async Task Acquire_HolderSaysNothingForHalfAMinute_TakenOverAndTheOldHolderStops()
    {
        var first = await AcquireAsync("deploy@build-3");
        _bucket.BeforeChange = static (_, _) => throw new BucketUnavailableException("cut off");
        await _clock.WaitForTimerAsync(Token);
        _clock.Advance(TimeSpan.FromSeconds(31));
        _bucket.BeforeChange = null;

        await using var second = await AcquireAsync("alice@desk");

        await EndedAsync(first.Held);
        await first.DisposeAsync();
        await Assert.ThrowsAsync<LeaseHeldException>(() => AcquireAsync("bob@desk"));
    }

    [Fact]
    public async Task Held_TimePasses_RenewedAndStillRefusedToOthers()
    {
        await using var first = await AcquireAsync("deploy@build-3");
        for (var i = 0; i < 6; i++)
        {
            await _clock.WaitForTimerAsync(Token);
            _clock.Advance(TimeSpan.FromSeconds(10));
        }

        await _clock.WaitForTimerAsync(Token);

        await Assert.ThrowsAsync<LeaseHeldException>(() => AcquireAsync("alice@desk"));
    }

    [Fact]
    public async Task Run_LeaseIsLostMeanwhile_WorkStopsAndSaysSo()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var work = PublisherLease.RunAsync(
            _bucket,
            "deploy@build-3",
            "catalog",
            _clock,
            async held =>
            {
                begun.SetResult();
                await EndedAsync(held);
                held.ThrowIfCancellationRequested();
                return 0;
            },
            Token);
        await begun.Task;
        await _clock.WaitForTimerAsync(Token);
        await _bucket.DeleteAsync(LeaseDocument.Key, Token);

        _clock.Advance(TimeSpan.FromSeconds(10));

        var exception = await Assert.ThrowsAsync<BucketUnavailableException>(() => work);
        Assert.StartsWith("The lease was lost to another command", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promote_SomebodyIsAtWork_RefusedBeforeAnythingIsRead()
    {
        var test = await PromotionOfTest.StartAsync();
        await using var held = await PublisherLease.AcquireAsync(test.Store, "alice@desk", "promote v9.9.9", test.Clock, Token);
        var before = await PromotionOfTest.DumpAsync(test.Store);

        await Assert.ThrowsAsync<LeaseHeldException>(() => test.PromoteAsync());

        Assert.Equal(before, await PromotionOfTest.DumpAsync(test.Store));
        Assert.Equal(0, test.Staging.Opens);
    }

    private static async Task EndedAsync(CancellationToken held)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = held.Register(() => ended.TrySetResult());
        await ended.Task.WaitAsync(Token);
    }

    private Task<PublisherLease> AcquireAsync(string holder) => PublisherLease.AcquireAsync(_bucket, holder, "promote v1", _clock, Token);
}
