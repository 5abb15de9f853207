namespace ReleaseServer.Admin;

/// <summary>Content of <c>POST /purge</c>: the same selectors as in the query.</summary>
internal sealed record PurgeBody(
    IReadOnlyList<string?>? Paths = null,
    IReadOnlyList<string?>? Keys = null,
    IReadOnlyList<string?>? Tags = null,
    bool All = false,
    bool Hard = false,
    bool DryRun = false);
