namespace ReleaseServer.Alerting;

/// <summary>Tells nobody.</summary>
internal sealed class NoAlerts : IAlerts
{
    public void Raise(Alert alert)
    {
    }

    public void Resolve(AlertKind kind, string subject, string message)
    {
    }
}
