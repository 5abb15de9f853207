using ReleaseServer.Origin;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Origin;

/// <summary>When an origin is asked, and when not.</summary>
public sealed class OriginHealthTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private readonly ManualClock _clock = new(Start);

    [Fact]
    public void Fail_ThreeInARow_OpensOnce()
    {
        var health = new OriginHealth(_clock);
        _clock.Advance(TimeSpan.FromSeconds(9));

        bool[] opened = [health.Fail("a"), health.Fail("b"), health.Fail("c"), health.Fail("d")];

        Assert.Equal([false, false, true, false], opened);
        Assert.Equal((true, Start.AddSeconds(9), "d"), health.Describe());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Succeed_BetweenFailures_StaysClosed(bool byCheck)
    {
        var health = new OriginHealth(_clock);
        for (var i = 0; i < 10; i++)
        {
            health.Fail("a");
            health.Fail("b");
            if (byCheck)
            {
                Assert.False(health.SucceedCheck());
            }
            else
            {
                health.Succeed();
            }
        }

        Assert.Equal((false, Start, null), health.Describe());
    }

    [Fact]
    public void Succeed_WhileOpen_NoNews()
    {
        var health = Open();

        health.Succeed();

        Assert.True(health.IsOpen);
    }

    [Fact]
    public void SucceedCheck_WhileOpen_ClosesAndOneFailureOpensAgain()
    {
        var health = Open();

        Assert.True(health.SucceedCheck());
        Assert.False(health.IsOpen);
        Assert.False(health.SucceedCheck());
        Assert.True(health.Fail("still"));
    }

    [Fact]
    public void Succeed_AfterItClosed_ThreeFailuresAreNeededAgain()
    {
        var health = Open();
        health.SucceedCheck();

        health.Succeed();

        Assert.False(health.Fail("a"));
        Assert.False(health.Fail("b"));
        Assert.True(health.Fail("c"));
    }

    private OriginHealth Open()
    {
        var health = new OriginHealth(_clock);
        for (var i = 0; i < OriginHealth.FailuresToOpen; i++)
        {
            health.Fail("down");
        }

        return health;
    }
}
