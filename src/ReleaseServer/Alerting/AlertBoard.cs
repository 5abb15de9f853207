using System.Collections.Concurrent;
using ReleaseServer.Configuration;

namespace ReleaseServer.Alerting;

/// <summary>How many alerts there were since the start of the process.</summary>
/// <param name="Raised">Calls of <see cref="IAlerts.Raise"/>.</param>
/// <param name="Told">Notes made of them: lines in the log, and handed to the sinks.</param>
/// <param name="Suppressed">Alerts that made no note of their own.</param>
internal readonly record struct AlertCounts(long Raised, long Told, long Suppressed);

/// <summary>
/// Makes few notes of many alerts (<see cref="Incident"/>), writes each as one line of the log and leaves it in the queues of the sinks. Safe for
/// concurrent use, and waits for nobody.
/// </summary>
/// <param name="queues">Of those who are told beside the log.</param>
internal sealed partial class AlertBoard(
    AlertingOptions options,
    AlertSource source,
    SecretScrubber scrubber,
    IReadOnlyList<AlertQueue> queues,
    TimeProvider clock,
    ILogger<AlertBoard> logger) : IAlerts
{
    /// <summary>Fingerprints known at a time; of a kind's further ones, one stands for all.</summary>
    public const int MaxIncidents = 1_000;

    private const int LongestSubject = 200;

    private readonly ConcurrentDictionary<(AlertKind Kind, string Subject), Incident> _incidents = new();
    private readonly long _start = clock.GetTimestamp();
    private long _raised;
    private long _told;
    private long _suppressed;

    public AlertCounts Counts => new(Interlocked.Read(ref _raised), Interlocked.Read(ref _told), Interlocked.Read(ref _suppressed));

    /// <summary>How much trouble goes on.</summary>
    public int CountOpen() => _incidents.Values.Count(static incident => incident.IsOpen);

    /// <summary>How much trouble of one kind goes on.</summary>
    public int CountOpen(AlertKind kind) => _incidents.Count(pair => pair.Key.Kind == kind && pair.Value.IsOpen);

    public void Raise(Alert alert) => Raise(alert, left: null);

    /// <inheritdoc cref="Raise(Alert)"/>
    /// <param name="left">What another process has left of the same trouble; null for nothing.</param>
    public void Raise(Alert alert, AlertMark? left)
    {
        Interlocked.Increment(ref _raised);
        var now = Now();
        var subject = Cut(alert.Subject);
        while (true)
        {
            var incident = IncidentOf(alert.Kind, subject, now);
            AlertNote? note;
            lock (incident)
            {
                if (incident.IsForgotten)
                {
                    continue;
                }

                if (left is not null)
                {
                    incident.GoOn(left, now);
                }

                note = incident.Raise(alert, now);
            }

            if (note is null)
            {
                Interlocked.Increment(ref _suppressed);
            }
            else
            {
                Tell(note);
            }

            return;
        }
    }

    public void Resolve(AlertKind kind, string subject, string message)
    {
        if (!_incidents.TryGetValue((kind, Cut(subject)), out var incident))
        {
            return;
        }

        AlertNote? note;
        lock (incident)
        {
            note = incident.Resolve(message, Now());
        }

        if (note is not null)
        {
            Tell(note);
        }
    }

    /// <summary>Tells that trouble is over that another process has told of.</summary>
    /// <inheritdoc cref="Resolve(AlertKind, string, string)"/>
    /// <param name="left">What that process has left of it.</param>
    public void Resolve(AlertKind kind, string subject, string message, AlertMark left)
    {
        var now = Now();
        var incident = IncidentOf(kind, Cut(subject), now);
        AlertNote? note;
        lock (incident)
        {
            incident.GoOn(left, now);
            note = incident.Resolve(message, now);
        }

        if (note is not null)
        {
            Tell(note);
        }
    }

    /// <summary>What another process must know of trouble that goes on and was told of; null for nothing.</summary>
    public AlertMark? MarkOf(AlertKind kind, string subject)
    {
        if (!_incidents.TryGetValue((kind, Cut(subject)), out var incident))
        {
            return null;
        }

        lock (incident)
        {
            return incident.Mark(Now());
        }
    }

    /// <summary>Tells what time alone has brought: what has ended by silence, and what goes on. To be called every few seconds.</summary>
    public void Sweep()
    {
        var now = Now();
        foreach (var (fingerprint, incident) in _incidents)
        {
            AlertNote? note;
            lock (incident)
            {
                note = incident.Sweep(now);
                if (incident.IsSpent)
                {
                    incident.IsForgotten = true;
                    _incidents.TryRemove(fingerprint, out _);
                }
            }

            if (note is not null)
            {
                Tell(note);
            }
        }
    }

    private static string Cut(string subject) => subject.Length <= LongestSubject ? subject : subject[..LongestSubject];

    private Moment Now() => new(clock.GetElapsedTime(_start), clock.GetUtcNow());

    private Incident IncidentOf(AlertKind kind, string subject, Moment now)
    {
        var fingerprint = (kind, subject);
        if (_incidents.TryGetValue(fingerprint, out var known))
        {
            return known;
        }

        // Count locks all of the dictionary, but only what is new comes here.
        if (_incidents.Count >= MaxIncidents)
        {
            fingerprint = (kind, "many others");
        }

        return _incidents.GetOrAdd(
            fingerprint, static (made, with) => new Incident(made.Kind, made.Subject, with.Options, with.Now), (Options: options, Now: now));
    }

    private void Tell(AlertNote note)
    {
        Interlocked.Increment(ref _told);
        var told = note with
        {
            Subject = PrintableText.Of(scrubber.Scrub(note.Subject)),
            Message = PrintableText.Of(scrubber.Scrub(note.Message)),
            Breadcrumbs = note.Phase == AlertPhase.Raised ? Breadcrumbs.Collect(note.Request?.Breadcrumbs) : [],
        };
        Log(told);
        foreach (var queue in queues)
        {
            queue.TryAdd(told);
        }
    }

    private void Log(AlertNote note)
    {
        switch (note.Phase)
        {
            case AlertPhase.Raised:
                LogRaised(note.Kind, note.Subject, note.Message, source.RunbookOf(note.Kind));
                break;
            case AlertPhase.Ongoing:
                LogOngoing(note.Kind, note.Subject, note.Extent(), note.Message, source.RunbookOf(note.Kind));
                break;
            default:
                LogResolved(note.Kind, note.Subject, note.Extent(), note.Message);
                break;
        }
    }

    [LoggerMessage(LogLevel.Error, "Alert {Kind}: {Subject}: {Reason} Runbook: {Runbook}")]
    private partial void LogRaised(AlertKind kind, string subject, string reason, string runbook);

    [LoggerMessage(LogLevel.Error, "Alert {Kind} goes on: {Subject}, {Extent}: {Reason} Runbook: {Runbook}")]
    private partial void LogOngoing(AlertKind kind, string subject, string extent, string reason, string runbook);

    [LoggerMessage(LogLevel.Information, "Alert {Kind} is over: {Subject}, {Extent}. {Reason}")]
    private partial void LogResolved(AlertKind kind, string subject, string extent, string reason);
}
