using ReleaseServer.Caching;

namespace ReleaseServer.Tests.Caching;

/// <summary>Three classes by name: <c>index.json</c>, what begins with <c>v</c>, and the rest.</summary>
internal sealed class RulesOfTest : ICacheRules
{
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    public FreshnessClass Listings { get; set; } = new("listing", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), Week);

    public FreshnessClass Absence { get; set; } = new("absence", TimeSpan.FromSeconds(2), TimeSpan.Zero, TimeSpan.Zero);

    public FreshnessClass Release { get; set; } = new("release", TimeSpan.FromDays(30), TimeSpan.FromHours(1), Week) { IsImmutable = true };

    public FreshnessClass Index { get; set; } = new("index", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10), Week) { MustBeJson = true };

    public FreshnessClass Rest { get; set; } = new("rest", TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(60), Week);

    public FreshnessClass ClassOf(string key) =>
        key.EndsWith("index.json", StringComparison.Ordinal) ? Index : ReleaseOf(key) is null ? Rest : Release;

    public string? ReleaseOf(string key) => key is ['v', ..] && key.IndexOf('/') is > 0 and var slash ? key[..slash] : null;
}
