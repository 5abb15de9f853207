using System.Collections.Concurrent;
using ReleaseServer.Alerting;

namespace ReleaseServer.Testing.Alerting;

/// <summary>Keeps what would be told, oldest first: <c>raise KIND SUBJECT</c> and <c>resolve KIND SUBJECT</c>. Safe for concurrent use.</summary>
internal sealed class AlertRecorder : IAlerts
{
    private readonly ConcurrentQueue<string> _told = new();

    public IReadOnlyList<string> Told => [.. _told];

    public void Raise(Alert alert) => _told.Enqueue($"raise {alert.Kind} {alert.Subject}");

    public void Resolve(AlertKind kind, string subject, string message) => _told.Enqueue($"resolve {kind} {subject}");
}
