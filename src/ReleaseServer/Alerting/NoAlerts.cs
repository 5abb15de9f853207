namespace ReleaseServer.Alerting;

/// <summary>Tells nobody: what happens is in the log.</summary>
internal sealed class NoAlerts : IAlerts
{
    public void Raise(Alert alert)
    {
    }

    public void Resolve(AlertKind kind, string subject, string message)
    {
    }
}
