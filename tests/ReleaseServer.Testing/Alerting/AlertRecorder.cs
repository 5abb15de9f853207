using ReleaseServer.Alerting;

namespace ReleaseServer.Testing.Alerting;

/// <summary>Keeps what is raised and resolved, for tests of those who raise. Safe for concurrent use.</summary>
internal sealed class AlertRecorder : IAlerts
{
    private readonly Lock _lock = new();
    private readonly List<Alert> _raised = [];
    private readonly List<(AlertKind Kind, string Subject, string Message)> _resolved = [];
    private readonly List<string> _told = [];

    public IReadOnlyList<Alert> Raised
    {
        get
        {
            lock (_lock)
            {
                return [.. _raised];
            }
        }
    }

    public IReadOnlyList<(AlertKind Kind, string Subject, string Message)> Resolved
    {
        get
        {
            lock (_lock)
            {
                return [.. _resolved];
            }
        }
    }

    /// <summary>All of one kind in order: <c>raise KIND SUBJECT</c> and <c>resolve KIND SUBJECT</c>.</summary>
    public IReadOnlyList<string> ToldOf(AlertKind kind)
    {
        lock (_lock)
        {
            return [.. _told.Where(told => told.Split(' ')[1] == kind.Name)];
        }
    }

    public void Raise(Alert alert)
    {
        lock (_lock)
        {
            _told.Add($"raise {alert.Kind} {alert.Subject}");
            _raised.Add(alert);
        }
    }

    public void Resolve(AlertKind kind, string subject, string message)
    {
        lock (_lock)
        {
            _told.Add($"resolve {kind} {subject}");
            _resolved.Add((kind, subject, message));
        }
    }
}
