using ReleaseServer.Alerting;

namespace ReleaseServer.Testing.Alerting;

/// <summary>Keeps what is raised and resolved, for tests of those who raise. Safe for concurrent use.</summary>
internal sealed class AlertRecorder : IAlerts
{
    private readonly Lock _lock = new();
    private readonly List<Alert> _raised = [];
    private readonly List<(AlertKind Kind, string Subject, string Message)> _resolved = [];

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

    public void Raise(Alert alert)
    {
        lock (_lock)
        {
            _raised.Add(alert);
        }
    }

    public void Resolve(AlertKind kind, string subject, string message)
    {
        lock (_lock)
        {
            _resolved.Add((kind, subject, message));
        }
    }
}
