using System.Collections.Concurrent;
using ReleaseServer.Alerting;

namespace ReleaseServer.Testing.Alerting;

/// <summary>Keeps what was said, oldest first, as <c>+bucket-down s3 x</c> and <c>-bucket-down s3 x</c>.</summary>
internal sealed class AlertRecorder : IAlerts
{
    private readonly ConcurrentQueue<string> _said = new();

    public IReadOnlyCollection<string> Said => _said;

    public void Raise(Alert alert) => _said.Enqueue($"+{alert.Kind} {alert.Subject}");

    public void Resolve(AlertKind kind, string subject, string message) => _said.Enqueue($"-{kind} {subject}");
}
