using ReleaseServer.Buckets;
using ReleaseServer.Resilience;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Resilience;

public sealed class PacerTests
{
    private readonly ManualClock _clock = new(DateTimeOffset.UnixEpoch);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Take_FasterThanTheRate_WaitsUntilThatIsPaidFor()
    {
        var pacer = new Pacer(10, _clock);

        await pacer.TakeAsync(20, Token);
        var second = pacer.TakeAsync(1, Token).AsTask();
        _clock.Advance(TimeSpan.FromSeconds(1.9));
        var early = second.IsCompleted;
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        await second;

        Assert.False(early);
    }

    [Fact]
    public async Task Take_NoRate_NeverWaits()
    {
        var pacer = new Pacer(null, _clock);

        // The clock stands: a wait would last for ever.
        for (var i = 0; i < 100; i++)
        {
            await pacer.TakeAsync(long.MaxValue, Token);
        }
    }

    [Fact]
    public async Task Bucket_EachRequestAndEachByte_TakesOne()
    {
        var inner = new InMemoryBucket();
        inner.Put("a", new byte[100]);
        Assert.True(AssetKey.TryCreate("a", out var key));
        var bucket = new PacedBucket(inner, new Pacer(1, _clock), new Pacer(100, _clock));

        await bucket.HeadAsync(key, Token);
        var opening = bucket.OpenAsync(key, range: null, expected: null, Token).AsTask();
        var isHeld = !opening.IsCompleted;
        _clock.Advance(TimeSpan.FromSeconds(1));
        await using var opened = await opening;
        var buffer = new byte[200];
        var first = await opened!.Body.ReadAsync(buffer, Token);
        var atEnd = opened.Body.ReadAsync(buffer, Token).AsTask();
        var isBodyHeld = !atEnd.IsCompleted;
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((true, 100, true, 0), (isHeld, first, isBodyHeld, await atEnd));
    }
}
