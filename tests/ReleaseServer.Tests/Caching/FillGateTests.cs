using ReleaseServer.Buckets;
using ReleaseServer.Caching;

namespace ReleaseServer.Tests.Caching;

public sealed class FillGateTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Enter_AsManyAsMayBe_TheNextWaits()
    {
        var gate = new FillGate(2, 10);
        var first = await gate.EnterAsync(ReadKind.Body, Token);
        using var second = await gate.EnterAsync(ReadKind.Metadata, Token);

        var third = gate.EnterAsync(ReadKind.Body, Token).AsTask();

        Assert.False(third.IsCompleted);
        first.Dispose();
        first.Dispose();
        (await third).Dispose();
    }

    [Fact]
    public async Task Enter_ManyOfOneKind_OthersTakeTurns()
    {
        var gate = new FillGate(1, 10);
        var running = await gate.EnterAsync(ReadKind.Body, Token);
        var order = new List<ReadKind>();
        var waiting = new[] { ReadKind.Body, ReadKind.Body, ReadKind.Body, ReadKind.Listing, ReadKind.Metadata }.Select(PassAsync).ToList();

        running.Dispose();
        await Task.WhenAll(waiting);

        Assert.Equal([ReadKind.Metadata, ReadKind.Body, ReadKind.Listing], order[..3].Order());
        Assert.Equal([ReadKind.Body, ReadKind.Body], order[3..]);

        async Task PassAsync(ReadKind kind)
        {
            using var turn = await gate.EnterAsync(kind, Token);
            order.Add(kind);
        }
    }

    [Fact]
    public async Task Enter_TooManyWait_Overloaded()
    {
        var gate = new FillGate(1, 1);
        using var running = await gate.EnterAsync(ReadKind.Body, Token);
        _ = gate.EnterAsync(ReadKind.Body, Token).AsTask();

        await Assert.ThrowsAsync<BucketOverloadedException>(async () => await gate.EnterAsync(ReadKind.Listing, Token));
    }

    [Fact]
    public async Task Enter_CancelledWhileWaiting_PlaceIsFree()
    {
        var gate = new FillGate(1, 1);
        var running = await gate.EnterAsync(ReadKind.Body, Token);
        using var leaving = new CancellationTokenSource();
        var waiting = gate.EnterAsync(ReadKind.Body, leaving.Token).AsTask();

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        var next = gate.EnterAsync(ReadKind.Body, Token).AsTask();
        Assert.False(next.IsCompleted);
        running.Dispose();
        (await next).Dispose();
        Assert.True(gate.EnterAsync(ReadKind.Body, Token).AsTask().IsCompleted);
    }

    [Fact]
    public async Task HandOver_OldTurnDisposed_NewOneHolds()
    {
        var gate = new FillGate(1, 1);
        var turn = await gate.EnterAsync(ReadKind.Body, Token);
        var heir = turn.HandOver();

        turn.Dispose();

        var next = gate.EnterAsync(ReadKind.Body, Token).AsTask();
        Assert.False(next.IsCompleted);
        heir.Dispose();
        (await next).Dispose();
        Assert.Throws<InvalidOperationException>(() => turn.HandOver());
    }
}
