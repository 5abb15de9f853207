namespace ReleaseServer.Tests.Telemetry;

/// <summary>A clock that stands at 12:30:01 in a zone two hours east of Greenwich.</summary>
internal sealed class FixedTime : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.CreateCustomTimeZone("Test", TimeSpan.FromHours(2), "Test", "Test");

    public override DateTimeOffset GetUtcNow() => new(2026, 5, 1, 10, 30, 1, 250, TimeSpan.Zero);
}
