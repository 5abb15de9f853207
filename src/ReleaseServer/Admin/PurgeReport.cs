namespace ReleaseServer.Admin;

/// <summary>What <c>POST /purge</c> answers.</summary>
/// <param name="Count">Entries of this node that were named.</param>
/// <param name="Keys">The first of them.</param>
/// <param name="Tags">What was purged by.</param>
/// <param name="Cdn">Null where no CDN is configured, and in a dry run.</param>
internal sealed record PurgeReport(
    int Count, IReadOnlyList<string> Keys, IReadOnlyList<string> Tags, bool All, bool Hard, bool DryRun, PurgeReportCdn? Cdn);

/// <summary>What becomes of the purge at the CDN.</summary>
/// <param name="Queued">Whether it is on its way; the log says how it ended.</param>
/// <param name="Trouble">Why not; null where it is.</param>
internal sealed record PurgeReportCdn(string Kind, bool Queued, int Tags, int Urls, string? Trouble);
