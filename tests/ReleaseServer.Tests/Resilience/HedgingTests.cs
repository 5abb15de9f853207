using System.Runtime.CompilerServices;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Resilience;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Resilience;

/// <summary>A read that takes longer than reads mostly do is asked a second time, where settings say so or the bucket hangs at times.</summary>
public sealed class HedgingTests
{
    private readonly InMemoryBucket _inner = new();
    private readonly SlowOnceBucket _slow;

    public HedgingTests()
    {
        _inner.Put(LanesOfTest.X.Value, "content");
        _slow = new SlowOnceBucket(_inner);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_OneReadIsSlow_SecondAnswersAndTheFirstIsGivenUp()
    {
        var lanes = await NewAsync(percentile: 95);
        _slow.IsSlow = true;

        Assert.Equal("content"u8.ToArray(), await lanes.ReadAsync(LanesOfTest.X, Token));

        await _slow.GivenUp.WaitAsync(Token);
        Assert.True(lanes.Lanes[0].Health.Breaker.IsClosed);
    }

    [Fact]
    public async Task Open_BudgetIsSpent_NotAskedTwice()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        var lanes = await NewAsync(percentile: 95, clock);
        while (lanes.Lanes[0].Health.Budget.TryRetry())
        {
        }

        _slow.IsSlow = true;
        var opens = _slow.Opens;
        using var caller = new CancellationTokenSource();
        var waiting = lanes.ReadAsync(LanesOfTest.X, caller.Token);
        for (var i = 0; i < 3; i++)
        {
            await clock.WaitForTimerAsync(Token);
            clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(opens + 1, _slow.Opens);
    }

    [Fact]
    public async Task Open_NotSwitchedOn_NotAskedTwice()
    {
        var lanes = await NewAsync(percentile: 0);
        _slow.IsSlow = true;
        var opens = _slow.Opens;
        using var caller = new CancellationTokenSource();
        var waiting = lanes.ReadAsync(LanesOfTest.X, caller.Token);
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(opens + 1, _slow.Opens);
    }

    [Fact]
    public async Task Open_BucketHangsAtTimes_AnotherAnswersThoughNotSwitchedOn()
    {
        var lanes = NewAfterHang();
        _slow.IsSlow = true;

        Assert.Equal("content"u8.ToArray(), await lanes.ReadAsync(LanesOfTest.X, Token));

        await _slow.GivenUp.WaitAsync(Token);
    }

    [Fact]
    public async Task Open_BucketHangsAtTimesAndNothingIsToBeTriedAgain_NotAskedTwice()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch + TimeSpan.FromDays(1));
        var lanes = NewAfterHang(new RetryOptions { Attempts = 1 }, clock);
        _slow.IsSlow = true;
        using var caller = new CancellationTokenSource();
        var waiting = lanes.ReadAsync(LanesOfTest.X, caller.Token);

        Assert.False(clock.WaitForTimerAsync(Token).IsCompleted);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task List_BucketHangsAtTimes_AnotherAnswersThoughNotSwitchedOn()
    {
        var lanes = NewAfterHang();
        _slow.IsSlow = true;

        var rows = await lanes.Bucket.ListAsync("dir/", ListDepth.All, Token).ToListAsync(Token);

        Assert.Single(rows);
        await _slow.GivenUp.WaitAsync(Token);
    }

    [Fact]
    public async Task Open_HungLongAgo_NotAskedTwice()
    {
        var lanes = NewAfterHang();
        lanes.Clock.Advance(TimeSpan.FromSeconds(10));
        _slow.IsSlow = true;
        using var caller = new CancellationTokenSource();
        var waiting = lanes.ReadAsync(LanesOfTest.X, caller.Token);
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(1, _slow.Opens);
    }

    [Fact]
    public void Percentile_ReadsOfManyLatencies_AllButTheSlowest()
    {
        var latency = new LatencyPercentile(90);
        for (var i = 0; i < LatencyPercentile.Reads; i++)
        {
            Assert.Null(latency.Current);
            latency.Add(TimeSpan.FromMilliseconds(i));
        }

        Assert.Equal(TimeSpan.FromMilliseconds(115), latency.Current);
    }

    // With as many reads behind it as it takes to know how long they take.
    private async Task<LanesOfTest> NewAsync(int percentile, TimeProvider? time = null)
    {
        var lanes = new LanesOfTest(new ResilienceOptions { Retry = new RetryOptions { HedgePercentile = percentile } }, time, logger: null, _slow);
        for (var i = 0; i < LatencyPercentile.Reads; i++)
        {
            await lanes.ReadAsync(LanesOfTest.X, Token);
        }

        return lanes;
    }

    private LanesOfTest NewAfterHang(RetryOptions? options = null, TimeProvider? time = null)
    {
        var lanes = new LanesOfTest(new ResilienceOptions { Retry = options ?? new RetryOptions() }, time, logger: null, _slow);
        lanes.Lanes[0].Health.Note(new BucketUnavailableException("hung") { Fault = BucketFault.Timeout }, TimeSpan.Zero);
        return lanes;
    }

    /// <summary>Holds one read until it is cancelled.</summary>
    private sealed class SlowOnceBucket(InMemoryBucket inner) : ForwardingBucket(inner)
    {
        private readonly TaskCompletionSource _givenUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _opens;

        public bool IsSlow { get; set; }

        public int Opens => _opens;

        public Task GivenUp => _givenUp.Task;

        public override async ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _opens);
            await HoldAsync(cancellationToken);
            return await base.OpenAsync(key, range, expected, cancellationToken);
        }

        public override async IAsyncEnumerable<BucketEntry> ListAsync(
            string prefix, ListDepth depth, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await HoldAsync(cancellationToken);
            await foreach (var row in base.ListAsync(prefix, depth, cancellationToken))
            {
                yield return row;
            }
        }

        private async ValueTask HoldAsync(CancellationToken cancellationToken)
        {
            if (!IsSlow)
            {
                return;
            }

            IsSlow = false;
            try
            {
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            }
            finally
            {
                _givenUp.SetResult();
            }
        }
    }
}
