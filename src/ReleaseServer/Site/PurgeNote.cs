using ReleaseServer.Caching;

namespace ReleaseServer.Site;

/// <summary>A purge with what its author says of it. Immutable.</summary>
/// <param name="Purge">What to purge.</param>
/// <param name="By">Who did it and where, such as <c>deploy@build-3</c>; null where it is not said.</param>
/// <param name="Reason">Why; null where it is not said.</param>
internal sealed record PurgeNote(CachePurge Purge, string? By = null, string? Reason = null);
