using FsCheck;
using FsCheck.Fluent;
using ReleaseServer.Configuration;

namespace ReleaseServer.Tests.Configuration;

public sealed class DurationTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("500ms", 500)]
    [InlineData("5s", 5_000)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("30d", 2_592_000_000)]
    [InlineData("00:00:05", 5_000)]
    [InlineData("01:30:00", 5_400_000)]
    public void TryParse_KnownForm_ItsLength(string text, double milliseconds)
    {
        var isRead = Duration.TryParse(text, out var duration);

        Assert.True(isRead);
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("+5s")]
    [InlineData("5 s")]
    [InlineData("5S")]
    [InlineData("1.5s")]
    [InlineData("1w")]
    [InlineData("5sec")]
    [InlineData("1:00:00")]
    [InlineData("24:00:00")]
    [InlineData("00:00:05.5")]
    [InlineData("9223372036854775807h")]
    [InlineData("99999999999999999999ms")]
    public void TryParse_OtherForm_Refused(string text)
    {
        Assert.False(Duration.TryParse(text, out _));
    }

    [Theory]
    [InlineData(0, "0", "0")]
    [InlineData(100, "100ms", "100 ms")]
    [InlineData(75_000, "75s", "75 s")]
    [InlineData(300_000, "5m", "5 min")]
    [InlineData(3_600_000, "1h", "1 h")]
    [InlineData(172_800_000, "2d", "2 d")]
    [InlineData(90_000_000, "25h", "25 h")]
    public void Format_WholeUnits_LargestUnit(int milliseconds, string text, string words)
    {
        var duration = TimeSpan.FromMilliseconds(milliseconds);

        Assert.Equal(text, Duration.Format(duration));
        Assert.Equal(words, Duration.InWords(duration));
    }

    [Fact]
    public void Format_AnyMilliseconds_ReadBackTheSame()
    {
        Prop.ForAll<NonNegativeInt>(count =>
        {
            var duration = TimeSpan.FromMilliseconds(count.Get);
            return Duration.TryParse(Duration.Format(duration), out var again) && again == duration;
        }).QuickCheckThrowOnFailure();
    }
}
