using ReleaseServer.Resilience;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Resilience;

public sealed class CircuitBreakerTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly List<BreakerState> _changes = [];
    private readonly CircuitBreaker _breaker;

    public CircuitBreakerTests() => _breaker = new CircuitBreaker(new BreakerOptions(), _clock, _changes.Add);

    [Fact]
    public void Failed_TenInARow_Opens()
    {
        Fail(9);
        Assert.True(_breaker.TryEnter());

        Fail(1);

        Assert.False(_breaker.TryEnter());
        Assert.Equal([BreakerState.Open], _changes);
    }

    [Fact]
    public void Failed_NineTenthsButNotInARow_StaysClosed()
    {
        for (var i = 0; i < 100; i++)
        {
            Fail(9);
            _breaker.Succeeded();
        }

        Assert.Equal(BreakerState.Closed, _breaker.State);
    }

    [Fact]
    public void Failed_TwoThatHung_Opens()
    {
        _breaker.Failed(Second);
        Assert.True(_breaker.IsClosed);

        _breaker.Failed(Second);

        Assert.Equal(BreakerState.Open, _breaker.State);
    }

    [Fact]
    public void Failed_SlowWhileOthersSucceed_CountsAsOne()
    {
        _clock.Advance(Second);
        for (var i = 0; i < 9; i++)
        {
            _breaker.Succeeded();
            _breaker.Failed(Second);
        }

        Assert.True(_breaker.IsClosed);
    }

    [Fact]
    public void TryEnter_OpenForAMinuteAndAskedAllTheTime_AtMostAProbeASecond()
    {
        Fail(10);

        var probes = 0;
        for (var ms = 0; ms < 60_000; ms += 10)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(10));
            if (_breaker.TryEnter())
            {
                probes++;
                _breaker.Failed(TimeSpan.Zero);
            }
        }

        Assert.Equal(60, probes);
        Assert.Equal(BreakerState.Open, _breaker.State);
    }

    [Fact]
    public void Succeeded_Probe_Closes()
    {
        Fail(10);
        _clock.Advance(Second);
        Assert.True(_breaker.TryEnter());
        Assert.Equal(BreakerState.HalfOpen, _breaker.State);

        _breaker.Succeeded();

        Assert.Equal([BreakerState.Open, BreakerState.HalfOpen, BreakerState.Closed], _changes);
        Fail(9);
        Assert.True(_breaker.IsClosed);
    }

    [Fact]
    public void HalfOpen_FailureOfACallFromBefore_ProbeDecides()
    {
        Fail(10);
        _clock.Advance(Second);
        Assert.True(_breaker.TryEnter());

        _breaker.Failed(TimeSpan.FromSeconds(5));
        Assert.Equal(BreakerState.HalfOpen, _breaker.State);

        _breaker.Succeeded();

        Assert.True(_breaker.IsClosed);
    }

    [Fact]
    public void Open_SuccessOfACallFromBefore_StaysOpen()
    {
        Fail(10);

        _breaker.Succeeded();

        Assert.Equal(BreakerState.Open, _breaker.State);
    }

    [Fact]
    public void HalfOpen_ProbeOfWhichNothingIsHeard_AnotherASecondLater()
    {
        Fail(10);
        _clock.Advance(Second);
        Assert.True(_breaker.TryEnter());
        Assert.False(_breaker.TryEnter());

        _clock.Advance(Second);

        Assert.True(_breaker.TryEnter());
    }

    [Fact]
    public async Task WhenOpen_Opens_Ends()
    {
        var opened = _breaker.WhenOpenAsync();
        Assert.False(opened.IsCompleted);

        Fail(10);

        await opened.WaitAsync(TestContext.Current.CancellationToken);
    }

    private void Fail(int times)
    {
        for (var i = 0; i < times; i++)
        {
            _breaker.Failed(TimeSpan.Zero);
        }
    }
}
