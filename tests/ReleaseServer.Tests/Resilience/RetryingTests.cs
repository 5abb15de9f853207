using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Resilience;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Resilience;

/// <summary>One bucket and what is tried with it.</summary>
public sealed class RetryingTests
{
    private readonly InMemoryBucket _inner = new();
    private readonly FaultyBucket _faulty;

    public RetryingTests()
    {
        _inner.Put(LanesOfTest.X.Value, "content");
        _faulty = new FaultyBucket(_inner);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool> Faults => new(
        Enum.GetValues<BucketFault>().Select(fault => new TheoryDataRow<string, bool>(
            fault.ToString(), fault is not (BucketFault.Refused or BucketFault.NoSuchBytes or BucketFault.NotAsked))));

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Open_Fault_TriedAgainIfItMayPass(string name, bool isTriedAgain)
    {
        var fault = Enum.Parse<BucketFault>(name);
        _faulty.OnOpenKey = _ => _faulty.Opens < 3 ? new BucketUnavailableException(name) { Fault = fault } : null;
        var lanes = new LanesOfTest(_faulty);

        if (isTriedAgain)
        {
            Assert.Equal("content"u8.ToArray(), await lanes.ReadAsync(LanesOfTest.X, Token));
        }
        else
        {
            await Assert.ThrowsAsync<BucketUnavailableException>(() => lanes.ReadAsync(LanesOfTest.X, Token));
        }

        Assert.Equal(isTriedAgain ? 3 : 1, _faulty.Opens);
    }

    [Fact]
    public async Task Open_KeepsFailingInAnOutage_ThreeTries()
    {
        _faulty.GoDown();
        var lanes = new LanesOfTest(_faulty);
        Spoil(lanes.Lanes[0].Health.Budget);

        await Assert.ThrowsAsync<BucketUnavailableException>(() => lanes.ReadAsync(LanesOfTest.X, Token));

        Assert.Equal(3, _faulty.Opens);
    }

    [Fact]
    public async Task AnyRead_FailsOnce_TriedAgain()
    {
        var fails = true;
        _faulty.FailAll(() => new BucketUnavailableException("x") { Fault = BucketFault.Reset });
        var lanes = new LanesOfTest(_faulty);
        lanes.Lanes[0].Health.Budget.Requested();

        foreach (var read in new Func<ValueTask>[]
        {
            async () => await lanes.Bucket.HeadAsync(LanesOfTest.X, Token),
            async () => Assert.True(await lanes.Bucket.AnyAsync("dir/", Token)),
            async () => Assert.Single(await lanes.Bucket.ListAsync("dir/", ListDepth.All, Token).ToListAsync(Token)),
            async () => Assert.Equal(RevalidationOutcome.Changed, (await lanes.Bucket.OpenChangedAsync(LanesOfTest.X, new EntityTag("\"0\""), Token)).Outcome),
        })
        {
            fails = true;
            _faulty.FailAll(() => fails ? Once() : throw new InvalidOperationException());
            await read();
        }

        Assert.Equal((2, 2, 2, 2), (_faulty.Heads, _faulty.Anys, _faulty.Lists, _faulty.Opens));

        Exception Once()
        {
            fails = false;
            _faulty.Recover();
            return new BucketUnavailableException("once") { Fault = BucketFault.ServerError };
        }
    }

    [Fact]
    public async Task Open_RetryAfter_WaitedForWhereItFits()
    {
        var lanes = new LanesOfTest(_faulty);
        var began = lanes.Clock.GetUtcNow();
        _faulty.OnOpenKey = _ => _faulty.Opens == 1 ? SlowDown(TimeSpan.FromSeconds(1)) : null;

        await lanes.ReadAsync(LanesOfTest.X, Token);

        Assert.Equal(TimeSpan.FromSeconds(1), lanes.Clock.GetUtcNow() - began);
    }

    [Fact]
    public async Task Open_RetryAfterThatIsTooLong_GivenUpAtOnce()
    {
        var lanes = new LanesOfTest(_faulty);
        _faulty.OnOpenKey = _ => SlowDown(TimeSpan.FromSeconds(30));

        await Assert.ThrowsAsync<BucketUnavailableException>(() => lanes.ReadAsync(LanesOfTest.X, Token));

        Assert.Equal(1, _faulty.Opens);
    }

    [Fact]
    public async Task Open_EachTryHangs_OverBeforeThreeSeconds()
    {
        var lanes = new LanesOfTest(_faulty);
        var began = lanes.Clock.GetUtcNow();
        _faulty.OnOpenKey = _ =>
        {
            lanes.Clock.Advance(LanesOfTest.AttemptTimeout);
            return new BucketUnavailableException("no answer") { Fault = BucketFault.Timeout };
        };

        await Assert.ThrowsAsync<BucketUnavailableException>(() => lanes.ReadAsync(LanesOfTest.X, Token));

        Assert.Equal(2, _faulty.Opens);
        Assert.InRange(lanes.Clock.GetUtcNow() - began, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2.5));
        Assert.Equal(BreakerState.Open, lanes.Lanes[0].Health.Breaker.State);
    }

    [Fact]
    public async Task Outage_TenThousandReadsPastTheBreaker_AtMostATenthMoreRequests()
    {
        _faulty.GoDown();
        var options = new ResilienceOptions { Breaker = new BreakerOptions { Failures = int.MaxValue } };
        var lanes = new LanesOfTest(options, time: new StandingClock(), logger: null, _faulty);

        for (var i = 0; i < 10_000; i++)
        {
            await Assert.ThrowsAsync<BucketUnavailableException>(async () => await lanes.Bucket.HeadAsync(LanesOfTest.X, Token));
        }

        Assert.InRange(_faulty.Heads, 10_001, 11_000);
    }

    [Fact]
    public async Task Outage_TenThousandReads_BucketIsLeftAlone()
    {
        _faulty.GoDown();
        var lanes = new LanesOfTest(_faulty);

        for (var i = 0; i < 10_000; i++)
        {
            await Assert.ThrowsAsync<BucketUnavailableException>(async () => await lanes.Bucket.HeadAsync(LanesOfTest.X, Token));
        }

        Assert.Equal(10, _faulty.Heads);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Flaky_OneInFiveFailsAndOneBodyInFiveBreaks_AtMostOneErrorInTenThousandAndNoneSilent(int seed)
    {
        var content = new byte[5000];
        new Random(seed).NextBytes(content);
        _inner.Put(LanesOfTest.X.Value, content);
        var flaky = new FlakyBucket(_inner, seed, rate: 0.2);
        var lanes = new LanesOfTest(flaky);
        var errors = 0;

        for (var i = 0; i < 10_000; i++)
        {
            // A hundred reads a second.
            lanes.Clock.Advance(TimeSpan.FromMilliseconds(10));
            try
            {
                Assert.Equal(content, await lanes.ReadAsync(LanesOfTest.X, Token));
            }
            catch (BucketUnavailableException)
            {
                errors++;
            }
        }

        Assert.InRange(errors, 0, 1);
        Assert.True(flaky.Failures > 2000 && flaky.BrokenBodies > 2000, $"{flaky.Failures} failures, {flaky.BrokenBodies} broken bodies");
        Assert.Empty(lanes.Alerts.Raised);
    }

    [Fact]
    public async Task List_BreaksAfterSomeRows_WholeAndEachOnce()
    {
        _inner.Put("dir/y", "y");
        var breaks = 2;
        _faulty.RowsBeforeFault = 1;
        _faulty.OnList = () =>
        {
            if (--breaks == 0)
            {
                _faulty.OnList = null;
            }

            return new BucketUnavailableException("page 2") { Fault = BucketFault.Reset };
        };
        var lanes = new LanesOfTest(_faulty);

        var rows = await lanes.Bucket.ListAsync("dir/", ListDepth.All, Token).ToListAsync(Token);

        Assert.Equal(["dir/x", "dir/y"], rows.Select(static row => row.Name));
        Assert.Equal(3, _faulty.Lists);
    }

    [Fact]
    public async Task List_MoreThanIsHeld_HandedOnBeforeItsEnd()
    {
        for (var i = 0; i < 6000; i++)
        {
            _inner.Put($"many/{i:0000}", []);
        }

        (_faulty.RowsBeforeFault, _faulty.OnList) = (5500, static () => new BucketUnavailableException("page 6") { Fault = BucketFault.Reset });
        var lanes = new LanesOfTest(_faulty);
        var rows = 0;

        await Assert.ThrowsAsync<BucketUnavailableException>(async () =>
        {
            await foreach (var row in lanes.Bucket.ListAsync("many/", ListDepth.All, Token))
            {
                rows++;
            }
        });

        Assert.Equal((5500, 1), (rows, _faulty.Lists));
    }

    [Fact]
    public async Task Open_CancelledByTheCaller_NoFailureOfTheBucket()
    {
        var lanes = new LanesOfTest(_faulty);
        for (var i = 0; i < 20; i++)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                async () => await lanes.Bucket.HeadAsync(LanesOfTest.X, new CancellationToken(canceled: true)));
        }

        Assert.True(lanes.Lanes[0].Health.Breaker.IsClosed);
    }

    [Fact]
    public async Task Open_AbsentOrChanged_NoFailureOfTheBucket()
    {
        var lanes = new LanesOfTest(_faulty);
        for (var i = 0; i < 20; i++)
        {
            Assert.Null(await lanes.Bucket.HeadAsync(LanesOfTest.KeyOf("nowhere"), Token));
            await Assert.ThrowsAsync<RepresentationChangedException>(
                async () => await lanes.Bucket.OpenAsync(LanesOfTest.X, null, new EntityTag("\"other\""), Token));
        }

        Assert.True(lanes.Lanes[0].Health.Breaker.IsClosed);
        Assert.Equal((20, 20), (_faulty.Heads, _faulty.Opens));
    }

    [Fact]
    public async Task Open_Healthy_HardlyAllocatesMoreThanTheBucketAlone()
    {
        var lanes = new LanesOfTest(_inner);
        await MeasureAsync(lanes.Bucket, 1000);
        await MeasureAsync(_inner, 1000);

        var more = await MeasureAsync(lanes.Bucket, 1000) - await MeasureAsync(_inner, 1000);

        Assert.InRange(more, 0, 1000);
    }

    // Bytes of one read; nothing in it waits, so all of it is on this thread.
    private static async Task<long> MeasureAsync(IBucket bucket, int times)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < times; i++)
        {
            await (await bucket.OpenAsync(LanesOfTest.X, null, null, Token))!.DisposeAsync();
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / times;
    }

    private static BucketUnavailableException SlowDown(TimeSpan retryAfter) =>
        new("503 SlowDown") { Fault = BucketFault.SlowDown, RetryAfter = retryAfter };

    // As the bucket is when nothing has come of it for a while; no retry was made yet.
    private static void Spoil(RetryBudget budget)
    {
        for (var i = 0; i < 50; i++)
        {
            budget.Answered(isWell: false);
        }
    }

    private sealed class StandingClock : TimeProvider
    {
        public override long GetTimestamp() => 1_000_000_000;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
