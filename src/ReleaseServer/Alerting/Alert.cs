namespace ReleaseServer.Alerting;

/// <summary>Something that an operator should hear of once, with what to do about it.</summary>
/// <param name="Kind">What has happened; leads to the runbook.</param>
/// <param name="Subject">To what it has happened, without secrets: a bucket's description, an origin's address. With the kind it makes the fingerprint.</param>
/// <param name="Message">One plain sentence, without secrets.</param>
/// <param name="Exception">What showed it, if anything was thrown.</param>
internal sealed record Alert(AlertKind Kind, string Subject, string Message, Exception? Exception = null);
