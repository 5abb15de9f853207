namespace ReleaseServer.Tests.Http;

internal sealed class FixedClock(DateTimeOffset now) : TimeProvider
{
    public static readonly FixedClock At2026 = new(new DateTimeOffset(2026, 8, 5, 18, 21, 10, TimeSpan.Zero));

    public override DateTimeOffset GetUtcNow() => now;
}
