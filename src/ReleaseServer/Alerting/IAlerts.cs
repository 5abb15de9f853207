namespace ReleaseServer.Alerting;

/// <summary>Where the server says what an operator should hear of. Never throws, never waits, safe for concurrent use.</summary>
internal interface IAlerts
{
    /// <summary>Tells of trouble; of what lasts, as often as it is seen: whoever listens makes one of many.</summary>
    void Raise(Alert alert);

    /// <summary>Tells that it is over. Of what was never raised, this is no news.</summary>
    /// <param name="kind">As it was raised.</param>
    /// <param name="subject">As it was raised.</param>
    /// <param name="message">One plain sentence, without secrets.</param>
    void Resolve(AlertKind kind, string subject, string message);
}
