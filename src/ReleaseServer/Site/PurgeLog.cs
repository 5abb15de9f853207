namespace ReleaseServer.Site;

/// <summary>Reads the purge log of a bucket. Safe for concurrent use.</summary>
internal sealed class PurgeLog(PublishedSite published)
{
    /// <summary>Entries that writers keep; whoever is further behind cannot catch up by reading.</summary>
    public const int MaxEntries = 1_000;

    /// <summary>Tags of one entry; what names more is a purge of directories or of everything.</summary>
    public const int MaxTags = 10_000;

    /// <summary>Entries read at once: a node that was away catches up in seconds, and holds few of them in memory.</summary>
    private const int Batch = 16;

    /// <summary>Reads the next entries after a number, a few at a time, in order.</summary>
    /// <param name="after">Number of the last entry that is known.</param>
    /// <param name="newest">Number of the newest there is; greater than <paramref name="after"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>At least one; null in the place of an entry that is not there.</returns>
    /// <exception cref="Buckets.BucketUnavailableException">The bucket failed; nothing is known of any of them.</exception>
    /// <exception cref="SiteDataException">One of them cannot be used.</exception>
    public async Task<IReadOnlyList<PurgeEntry?>> ReadAsync(long after, long newest, CancellationToken cancellationToken)
    {
        var reads = new Task<PurgeEntry?>[Math.Min(Batch, newest - after)];
        for (var i = 0; i < reads.Length; i++)
        {
            reads[i] = published.ReadPurgeAsync(after + 1 + i, cancellationToken);
        }

        return await Task.WhenAll(reads);
    }
}
