using ReleaseServer.Alerting;

namespace ReleaseServer.Commands;

/// <summary>
/// Tells the sinks of alerts from a process that ends before a server would have told them. What it told of and what is not over, it leaves on this
/// node's disk (<see cref="AlertMarks"/>): the next process tells of it as seldom as a server would, and that it is over. Never throws.
/// </summary>
/// <param name="settings">Null, or without a sink: then nobody is told, and nothing is left.</param>
/// <param name="secrets">Values of the secret settings, as far as they are known.</param>
/// <param name="error">Learns what cannot be remembered.</param>
internal sealed class CommandAlerts(AlertSettings? settings, IEnumerable<string> secrets, TextWriter error, TimeProvider clock)
{
    private readonly AlertMarks _marks = new(settings?.MarksPath ?? "");

    /// <summary>What is open of this; null for nothing.</summary>
    public AlertMark? Find(AlertKind kind, string subject) => _marks.Read(kind, subject);

    /// <summary>Raises an alert, if anybody is to be told, and waits for the sinks a few seconds at most.</summary>
    /// <param name="parts">What of its subject is open from now on: see <see cref="AlertMark.Parts"/>.</param>
    public async Task RaiseAsync(Alert alert, IReadOnlyList<string> parts)
    {
        var left = Find(alert.Kind, alert.Subject);
        var (mark, isHeard) = await TellAsync(alert.Kind, alert.Subject, board => board.Raise(alert, left));

        // What nobody has taken, the next process tells anew.
        if (isHeard && mark is not null)
        {
            Keep(alert.Kind, alert.Subject, mark with { Parts = parts });
        }
    }

    /// <summary>Remembers that less is open than before. Nobody is told.</summary>
    public void Keep(AlertKind kind, string subject, AlertMark mark)
    {
        if (_marks.Write(kind, subject, mark) is { } trouble)
        {
            error.WriteLine($"That the alert {kind} is open cannot be remembered, so nobody will be told when it is over: {trouble}");
        }
    }

    /// <summary>Tells that what is open is over, and waits as above.</summary>
    public async Task ResolveAsync(AlertKind kind, string subject, string message, AlertMark left)
    {
        var (_, isHeard) = await TellAsync(kind, subject, board => board.Resolve(kind, subject, message, left));
        if (isHeard && _marks.Remove(kind, subject) is { } trouble)
        {
            error.WriteLine($"That the alert {kind} is over cannot be remembered, so people will be told again: {trouble}");
        }
    }

    /// <returns>What is open afterwards, and whether somebody took what there was to tell.</returns>
    private async Task<(AlertMark? Mark, bool IsHeard)> TellAsync(AlertKind kind, string subject, Action<AlertBoard> say)
    {
        if (settings is not { HasSink: true })
        {
            return (null, false);
        }

        var services = new ServiceCollection();
        services.AddSingleton(clock);

        // What is wrong is on standard error already.
        services.AddLogging();
        services.AddAlerting(settings.Alerting, settings.Sentry, settings.Slack, secrets);
        await using var provider = services.BuildServiceProvider();
        var dispatcher = provider.GetRequiredService<AlertDispatcher>();
        var board = provider.GetRequiredService<AlertBoard>();
        await dispatcher.StartAsync(CancellationToken.None);
        say(board);
        await dispatcher.StopAsync(CancellationToken.None);
        var queues = provider.GetRequiredService<IReadOnlyList<AlertQueue>>();
        return (board.MarkOf(kind, subject), board.Counts.Told == 0 || queues.Any(static queue => queue.Sent > 0));
    }
}
