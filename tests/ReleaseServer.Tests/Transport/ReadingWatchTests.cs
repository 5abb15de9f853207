using ReleaseServer.Testing.Time;
using ReleaseServer.Transport;

namespace ReleaseServer.Tests.Transport;

public sealed class ReadingWatchTests
{
    private readonly ManualClock _clock = new(DateTimeOffset.UnixEpoch);
    private readonly ReadingWatch _watch;

    public ReadingWatchTests() => _watch = new ReadingWatch(new ReadingPace(240, TimeSpan.FromSeconds(5)), _clock);

    [Fact]
    public void Check_NothingAcknowledgedForTheWindow_TooSlow()
    {
        Assert.Equal([false, false, false, false, false, true], Seconds(6, flush: 1, bytesPerSecond: 0));
    }

    [Fact]
    public void Check_FastAtFirstThenNothing_TooSlowAllTheSame()
    {
        Assert.DoesNotContain(true, Seconds(11, flush: 1, bytesPerSecond: 1_000_000));

        Assert.Contains(true, Seconds(6, flush: 1, bytesPerSecond: 0, from: 10_000_000));
    }

    [Fact]
    public void Check_JustFastEnoughForAnHour_Borne()
    {
        Assert.DoesNotContain(true, Seconds(3600, flush: 1, bytesPerSecond: 240));
    }

    [Fact]
    public void Check_NoFlushPending_NoTimeRuns()
    {
        Assert.DoesNotContain(true, Seconds(3600, flush: 0, bytesPerSecond: 0));
    }

    [Fact]
    public void Check_AnotherFlushEachTime_Borne()
    {
        for (var flush = 1; flush < 100; flush++)
        {
            Assert.False(_watch.IsTooSlow(flush, 0));
            _clock.Advance(TimeSpan.FromSeconds(4));
        }
    }

    private List<bool> Seconds(int count, int flush, long bytesPerSecond, long from = 0)
    {
        var answers = new List<bool>();
        for (var i = 0; i < count; i++)
        {
            answers.Add(_watch.IsTooSlow(flush, from + (i * bytesPerSecond)));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        return answers;
    }
}
