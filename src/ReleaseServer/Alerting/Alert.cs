namespace ReleaseServer.Alerting;

/// <summary>Something that an operator should hear of once, with what to do about it.</summary>
/// <param name="Kind">What has happened; leads to the runbook.</param>
/// <param name="Subject">To what it has happened, without secrets: a bucket's description, an origin's address. With the kind it makes the fingerprint.</param>
/// <param name="Message">One plain sentence, without secrets.</param>
/// <param name="Exception">What showed it, if anything was thrown.</param>
internal sealed record Alert(AlertKind Kind, string Subject, string Message, Exception? Exception = null)
{
    /// <summary>Which request showed it; null where none did.</summary>
    public AlertRequest? Request { get; init; }
}

/// <summary>What is told of a request. Empty texts are not told.</summary>
/// <param name="Id">As in the access log.</param>
/// <param name="Path">As asked for, without its query.</param>
/// <param name="Route">The row of the route table.</param>
/// <param name="Key">The bucket key it led to.</param>
/// <param name="Breadcrumbs">What was noted on its way; null for what the current scope has.</param>
internal sealed record AlertRequest(
    string Id, string Method, string Path, string Route, string Key, string UserAgent, BreadcrumbTrail? Breadcrumbs);
