namespace ReleaseServer.Alerting;

/// <summary>What is known of trouble that people were told of and that is not over, for the process that sees it next. Immutable.</summary>
/// <param name="Since">When it began.</param>
/// <param name="Told">When people were last told.</param>
/// <param name="Count">How often it was raised since it began; at least 1.</param>
/// <param name="Untold">How often of these since <paramref name="Told"/>, without being told; less than <paramref name="Count"/>.</param>
internal sealed record AlertMark(DateTimeOffset Since, DateTimeOffset Told, long Count, long Untold)
{
    /// <summary>What of its subject is open, in words of whoever raised it; empty for all of it.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [];
}
