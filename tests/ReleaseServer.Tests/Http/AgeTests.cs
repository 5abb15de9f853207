using ReleaseServer.Http;

namespace ReleaseServer.Tests.Http;

public sealed class AgeTests
{
    [Theory]
    [InlineData(-1, "0")]
    [InlineData(0, "0")]
    [InlineData(999, "0")]
    [InlineData(1_000, "1")]
    [InlineData(4_095_999, "4095")]
    [InlineData(4_096_000, "4096")]
    [InlineData(86_400_000, "86400")]
    public void ValueOf_Milliseconds_WholeSeconds(long age, string value) => Assert.Equal(value, Age.ValueOf(TimeSpan.FromMilliseconds(age)));

    [Fact]
    public void ValueOf_AgeTold_AllocatesNothingTheSecondTime() => Assert.Equal(0, Allocations.Of(static () => Age.ValueOf(TimeSpan.FromSeconds(1800))));
}
