using ReleaseServer.Caching;

namespace ReleaseServer.Tests.Caching;

public sealed class FreshnessTests
{
    private const long Second = TimeSpan.TicksPerSecond;

    private static readonly FreshnessClass TenTwentyForty = new("x", Seconds(10), Seconds(20), Seconds(40));

    [Theory]
    [InlineData(0, "Fresh")]
    [InlineData(9, "Fresh")]
    [InlineData(10, "Stale")]
    [InlineData(29, "Stale")]
    [InlineData(30, "Expired")]
    [InlineData(49, "Expired")]
    [InlineData(50, "Dead")]
    public void StateAt_Moments_AsTheClassSays(int after, string state)
    {
        var freshness = new Freshness(TenTwentyForty, TenTwentyForty.Lifetime, 100 * Second);

        Assert.Equal(state, freshness.StateAt((100 + after) * Second).ToString());
    }

    [Theory]
    [InlineData(1, "Stale")]
    [InlineData(1_000_000, "Dead")]
    public void StateAt_ValidatedBeforeThisProcessBegan_NotFreshForEver(int age, string state)
    {
        var freshness = new Freshness(TenTwentyForty, TenTwentyForty.Lifetime, -(age + 10) * Second);

        Assert.Equal(state, freshness.StateAt(0).ToString());
    }

    [Fact]
    public void StateAt_LongestLifetime_Fresh()
    {
        var freshness = new Freshness(TenTwentyForty, TimeSpan.MaxValue, 100 * Second);

        Assert.Equal(FreshnessState.Fresh, freshness.StateAt(long.MaxValue - 1));
    }

    [Fact]
    public void Purge_Fresh_OneSecondOfGrace()
    {
        var freshness = new Freshness(TenTwentyForty, TenTwentyForty.Lifetime, 0);

        freshness.Purge(5 * Second);

        Assert.Equal(FreshnessState.Stale, freshness.StateAt((6 * Second) - 1));
        Assert.Equal(FreshnessState.Expired, freshness.StateAt(6 * Second));
        Assert.False(freshness.IsReadyAt(5 * Second));
    }

    [Fact]
    public void Purge_Again_NoMoreGrace()
    {
        var freshness = new Freshness(TenTwentyForty, TenTwentyForty.Lifetime, 0);
        freshness.Purge(5 * Second);

        freshness.Purge((6 * Second) - 1);

        Assert.Equal(FreshnessState.Expired, freshness.StateAt(6 * Second));
    }

    [Fact]
    public void Purge_Expired_StaysExpired()
    {
        var freshness = new Freshness(TenTwentyForty, TenTwentyForty.Lifetime, 0);

        freshness.Purge(35 * Second);

        Assert.Equal(FreshnessState.Expired, freshness.StateAt(35 * Second));
    }

    [Fact]
    public void Rest_AfterFailure_StaleAndNotAskedForFiveSeconds()
    {
        var freshness = new Freshness(TenTwentyForty, TenTwentyForty.Lifetime, 0);

        freshness.Rest(35 * Second);

        Assert.Equal((FreshnessState.Stale, false), (freshness.StateAt(35 * Second), freshness.MayAskAt((40 * Second) - 1)));
        Assert.Equal((FreshnessState.Stale, true), (freshness.StateAt(40 * Second), freshness.MayAskAt(40 * Second)));
        Assert.Equal(FreshnessState.Dead, freshness.StateAt(50 * Second));
    }

    [Fact]
    public void AgeAt_Immutable_NoOlderThanHalfAnHour()
    {
        var freshness = new Freshness(TenTwentyForty with { IsImmutable = true }, TimeSpan.FromDays(1), 0);

        Assert.Equal(TimeSpan.FromMinutes(30), freshness.AgeAt(TimeSpan.TicksPerDay));
    }

    private static TimeSpan Seconds(int count) => TimeSpan.FromSeconds(count);
}
