namespace ReleaseServer.Alerting;

/// <summary>Somebody who is told of alerts over the network. One <see cref="AlertQueue"/> calls it, never twice at once.</summary>
/// <remarks>The seam for another client of Sentry, such as the official package: see ADR 14.</remarks>
internal interface IAlertSink
{
    /// <summary>For log lines: <c>Sentry</c>.</summary>
    string Name { get; }

    /// <summary>Where it sends to, without secrets.</summary>
    string Destination { get; }

    /// <summary>Notes that may wait for it; more are dropped.</summary>
    int MaxQueueItems { get; }

    /// <summary>How long the first note waits for others, to be told of together; zero for not at all.</summary>
    TimeSpan GatherTime { get; }

    /// <summary>Least time from one <see cref="SendAsync"/> to the next.</summary>
    TimeSpan Pause { get; }

    /// <summary>Longest time at the end of the process for what still waits.</summary>
    TimeSpan ShutdownTimeout { get; }

    /// <summary>Whether it is told of this at all.</summary>
    bool Wants(AlertNote note);

    /// <summary>Learns that a note found the queue full. Called by whoever raised the alert: must not wait.</summary>
    void OnDropped(AlertNote note);

    /// <summary>Tells. Never throws but for the token.</summary>
    /// <param name="notes">At least one, oldest first.</param>
    Task<AlertDelivery> SendAsync(IReadOnlyList<AlertNote> notes, CancellationToken cancellationToken);

    /// <summary>Does what is due while nothing is to be told, and at the end of the process. Never throws but for the token.</summary>
    Task IdleAsync(CancellationToken cancellationToken);
}

/// <summary>What became of notes.</summary>
/// <param name="Sent">Accepted.</param>
/// <param name="Lost">Given up on.</param>
/// <param name="Trouble">Why some were lost or must be sent again, in words; null for neither.</param>
internal readonly record struct AlertDelivery(int Sent, int Lost, string? Trouble)
{
    /// <summary>All of them are to be sent again, after this time; null for not.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
