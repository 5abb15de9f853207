using ReleaseServer.Alerting;
using ReleaseServer.Caching;

namespace ReleaseServer.Site;

/// <summary>Brings this node's caches up to the bucket's purge log. One call at a time.</summary>
internal sealed partial class PurgeFollower(
    PurgeLog log, IPurgeProgress progress, IEnumerable<IPurgeable> caches, ILogger<PurgeFollower> logger)
{
    private readonly IPurgeable[] _caches = [.. caches];

    /// <summary>Applies what was purged since this node last looked. Where that cannot be told, everything counts as purged, softly.</summary>
    /// <param name="newest">Number of the newest purge; 0 where there was none ever.</param>
    /// <param name="links">The links in force with it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="Buckets.BucketUnavailableException">The log cannot be read now; what was not applied is by the next call.</exception>
    public async Task FollowAsync(long newest, LinkTable links, CancellationToken cancellationToken)
    {
        if (progress.AppliedPurge is not { } applied)
        {
            PurgeEverything(newest, "it is not known how far this node has come");
            return;
        }

        if (WhyNotToRead(applied, newest) is { } reason)
        {
            PurgeEverything(newest, reason);
            return;
        }

        while (applied < newest)
        {
            IReadOnlyList<PurgeEntry?> entries;
            try
            {
                entries = await log.ReadAsync(applied, newest, cancellationToken);
            }
            catch (SiteDataException exception)
            {
                // Never changed once written, so it cannot be used at the next poll either.
                PurgeEverything(newest, exception.Message);
                return;
            }

            foreach (var entry in entries)
            {
                if (entry is null)
                {
                    PurgeEverything(newest, $"purge {applied + 1} is no longer in the bucket");
                    return;
                }

                Apply(entry, links);
                applied = entry.Number;
            }

            progress.AppliedPurge = applied;
        }
    }

    private static string? WhyNotToRead(long applied, long newest)
    {
        if (applied > newest)
        {
            return $"this node has applied purge {applied}, which is not in this log";
        }

        return newest - applied > PurgeLog.MaxEntries ? $"this node has applied purge {applied} last, and the log does not reach back so far" : null;
    }

    private void Apply(PurgeEntry entry, LinkTable links)
    {
        var count = Purge(LinkTags.Expand(entry.Note.Purge, links));
        Breadcrumbs.Add("purge", $"Purge {entry.Number} of the log was applied to {count} entries");
        LogApplied(entry.Number, count, entry.Note.Purge.IsHard ? "dropped" : "marked stale", entry.Note.Reason ?? "none given");
    }

    private void PurgeEverything(long newest, string reason)
    {
        var count = Purge(new CachePurge([], All: true, IsHard: false));
        progress.AppliedPurge = newest;

        // A node that starts with nothing has nothing to tell.
        if (count > 0)
        {
            Breadcrumbs.Add(BreadcrumbLevel.Warning, "purge", $"All {count} entries were marked stale: {reason}");
            LogEverything(count, newest, reason);
        }
    }

    private int Purge(CachePurge purge)
    {
        var count = 0;
        foreach (var cache in _caches)
        {
            count += cache.Purge(purge, dryRun: false).Count;
        }

        return count;
    }

    [LoggerMessage(LogLevel.Information, "Purge {Number}: {Count} entries {Outcome}; reason: {Reason}")]
    private partial void LogApplied(long number, int count, string outcome, string reason);

    [LoggerMessage(LogLevel.Warning, "All {Count} entries are marked stale instead of following the purges up to {Number}: {Reason}")]
    private partial void LogEverything(int count, long number, string reason);
}
