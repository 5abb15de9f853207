using ReleaseServer.Resilience;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Resilience;

public sealed class RetryBudgetTests
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly RetryBudget _budget;

    public RetryBudgetTests() => _budget = new RetryBudget(new RetryOptions(), _clock);

    [Theory]
    [InlineData(1, 10)]
    [InlineData(100, 10)]
    [InlineData(101, 10)]
    [InlineData(1000, 100)]
    [InlineData(10_000, 1000)]
    public void TryRetry_NothingSucceeds_ATenthOrTheFloor(int requests, int expected)
    {
        Request(requests);
        Answer(requests, isWell: false);

        Assert.Equal(expected, CountRetries());
    }

    [Fact]
    public void TryRetry_MostSucceed_OneMoreForEach()
    {
        Request(1000);
        Answer(1000, isWell: true);

        Assert.Equal(1100, CountRetries());
    }

    [Fact]
    public void TryRetry_OutageAfterGoodTimes_FewMoreThanATenth()
    {
        Request(10_000);
        Answer(10_000, isWell: true);
        var retries = 0;

        for (var i = 0; i < 10_000; i++)
        {
            Answer(1, isWell: false);
            retries += _budget.TryRetry() ? 1 : 0;
        }

        // Until it is seen to be down: then only what the requests pay for.
        Assert.InRange(retries, 1000, 1000 + 30);
    }

    [Fact]
    public void TryRetry_TenSecondsLater_RequestsOfBeforePayNoMore()
    {
        Request(10_000);
        Answer(100, isWell: false);
        Assert.Equal(1000, CountRetries());

        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.False(_budget.TryRetry());

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(10, CountRetries());
    }

    [Fact]
    public void TryRetry_AfterALongPause_AsAtTheStart()
    {
        Request(10_000);
        Answer(100, isWell: false);
        CountRetries();

        _clock.Advance(TimeSpan.FromHours(5));

        Assert.Equal(10, CountRetries());
    }

    [Fact]
    public void IsFlakyAtMost_OneInThreeFails_Remains()
    {
        var random = new Random(1);
        var unwell = 0;
        for (var i = 0; i < 100_000; i++)
        {
            Answer(1, isWell: random.NextDouble() >= 0.33);
            unwell += _budget.IsFlakyAtMost ? 0 : 1;
        }

        Assert.Equal(0, unwell);
    }

    private void Request(int times)
    {
        for (var i = 0; i < times; i++)
        {
            _budget.Requested();
        }
    }

    private void Answer(int times, bool isWell)
    {
        for (var i = 0; i < times; i++)
        {
            _budget.Answered(isWell);
        }
    }

    private int CountRetries()
    {
        var count = 0;
        while (_budget.TryRetry())
        {
            count++;
        }

        return count;
    }
}
