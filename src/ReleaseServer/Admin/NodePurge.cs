using ReleaseServer.Alerting;
using ReleaseServer.Caching;
using ReleaseServer.Cdn;
using ReleaseServer.Configuration;
using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Admin;

/// <summary>Purges the caches of this node, and has the CDN told. Asks no bucket, so it works without one.</summary>
internal sealed partial class NodePurge(
    IEnumerable<IPurgeable> caches, CdnQueue cdn, CdnOptions cdnOptions, ILogger<NodePurge> logger)
{
    private const int MostKeysTold = 100;

    private readonly IPurgeable[] _caches = [.. caches];

    /// <param name="request">Wrong selectors purge nothing.</param>
    /// <param name="site">In force.</param>
    /// <param name="faults">One line each; empty if and only if the answer is not null.</param>
    public PurgeReport? Purge(PurgeRequest request, SiteSnapshot site, out IReadOnlyList<string> faults)
    {
        if (PurgeResolver.Resolve(request, site.Data, site.Links, out faults) is not { } purge)
        {
            return null;
        }

        var expanded = LinkTags.Expand(purge, site.Links);
        var (keys, count) = (new SortedSet<string>(StringComparer.Ordinal), 0);
        foreach (var cache in _caches)
        {
            var outcome = cache.Purge(expanded, request.DryRun);
            keys.UnionWith(outcome.Keys);
            count += outcome.Count;
        }

        var told = request.DryRun || cdnOptions.Kind == CdnKind.None ? null : TellCdn(purge, keys, site);
        if (!request.DryRun)
        {
            Breadcrumbs.Add("purge", $"{count} entries were purged at the admin address");
            LogPurged(count, purge.All ? "everything" : $"{purge.Tags.Count} tags", purge.IsHard ? "hard" : "soft");
        }

        return new PurgeReport(
            count,
            [.. keys.Take(MostKeysTold)],
            [.. purge.Tags.Select(static tag => tag.ToString())],
            purge.All,
            purge.IsHard,
            request.DryRun,
            told);
    }

    private PurgeReportCdn TellCdn(CachePurge purge, IEnumerable<string> keys, SiteSnapshot site)
    {
        var sent = CdnPurge.Of(purge, keys, new PublicPaths(site.Data, site.Links), cdnOptions, "purged at the admin address");
        var isQueued = sent.Obstacle is null && cdn.TryEnqueue(sent);
        var trouble = isQueued ? null : sent.Obstacle ?? "the server is stopping";
        return new PurgeReportCdn(SettingValue.Format(cdnOptions.Kind), isQueued, sent.Tags.Count, sent.Urls.Count, trouble);
    }

    [LoggerMessage(LogLevel.Information, "Purged at the admin address: {Count} entries by {What}, {Kind}")]
    private partial void LogPurged(int count, string what, string kind);
}
