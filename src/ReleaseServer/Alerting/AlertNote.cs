namespace ReleaseServer.Alerting;

/// <summary>Where trouble stands when it is told of.</summary>
internal enum AlertPhase
{
    /// <summary>It has begun.</summary>
    Raised,

    /// <summary>It was told of before and goes on.</summary>
    Ongoing,

    /// <summary>It is over.</summary>
    Resolved,
}

/// <summary>What is told of trouble at one moment: one line in the log, one event, one post. Immutable.</summary>
internal sealed record AlertNote
{
    public required AlertKind Kind { get; init; }

    public required string Subject { get; init; }

    public required string Message { get; init; }

    public required AlertPhase Phase { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The moment of this note.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>How often it was raised since it began; at least 1.</summary>
    public required long Count { get; init; }

    /// <summary>How often it was raised since the note before this one, without being told.</summary>
    public required long Suppressed { get; init; }

    public Exception? Exception { get; init; }

    public AlertRequest? Request { get; init; }

    /// <summary>What was noted before, oldest first.</summary>
    public IReadOnlyList<Breadcrumb> Breadcrumbs { get; init; } = [];

    /// <summary>Whether both are about the same trouble.</summary>
    public bool IsAbout(AlertNote other) => Kind == other.Kind && Subject == other.Subject;

    /// <summary>One note that stands for this and an older one that nobody has seen yet.</summary>
    public AlertNote After(AlertNote older) => this with { Suppressed = Suppressed + older.Suppressed };

    /// <summary>Its subject, count and times in words, for people: <c>seen 12 times since 2026-01-02 03:04:05 UTC</c>.</summary>
    public string Extent()
    {
        var times = Count == 1 ? "seen once" : $"seen {Count} times";
        return Phase == AlertPhase.Resolved
            ? $"{times}, from {Text(Since)} to {Text(At)}"
            : $"{times} since {Text(Since)}";
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", System.Globalization.CultureInfo.InvariantCulture);
}
