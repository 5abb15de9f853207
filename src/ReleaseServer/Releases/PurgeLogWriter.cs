using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>Writes entries of the purge log. They count once <c>generation.json</c> reaches their number, which is <see cref="SitePublisher"/>'s work.</summary>
internal sealed class PurgeLogWriter(IWritableBucket bucket, TimeProvider clock)
{
    /// <summary>Numbers tried: each that is taken belongs to another writer, at work or broken off between entry and generation.</summary>
    private const int MaxTaken = 1_000;

    private static readonly ObjectAttributes Json = new("application/json");

    /// <summary>Writes an entry under the first number that is free.</summary>
    /// <remarks>
    /// No number is left out: an entry is taken to be there by all who find the next one. So an entry whose writer broke off before it counted
    /// comes to count with the next one.
    /// </remarks>
    /// <param name="after">Number of the newest entry that counts.</param>
    /// <returns>The entry's number.</returns>
    /// <exception cref="BucketUnavailableException">No usable answer; the entry may have been written, and then counts with the next one.</exception>
    public async Task<long> WriteAsync(long after, PurgeNote note, CancellationToken cancellationToken)
    {
        for (var number = after + 1; number <= after + MaxTaken; number++)
        {
            var content = new PurgeEntry(number, clock.GetUtcNow(), note).Write();
            if (await bucket.WriteAsync(PurgeEntry.KeyOf(number), content, Json, WriteCondition.IfAbsent, cancellationToken) is not null)
            {
                return number;
            }
        }

        throw new BucketUnavailableException(
            $"The {MaxTaken} purges after {after} in {bucket.Description} are taken but do not count; is {GenerationDocument.Key} an old copy?");
    }

    /// <summary>Deletes entries that are too old for anyone to catch up by.</summary>
    /// <param name="newest">Number of the newest entry that counts.</param>
    public async Task PruneAsync(long newest, CancellationToken cancellationToken)
    {
        if (newest <= PurgeLog.MaxEntries)
        {
            return;
        }

        try
        {
            var old = new List<AssetKey>();
            await foreach (var entry in bucket.ListAsync(PurgeEntry.Prefix, ListDepth.All, cancellationToken))
            {
                if (PurgeEntry.TryGetNumber(entry.Name, out var number) && number <= newest - PurgeLog.MaxEntries)
                {
                    old.Add(PurgeEntry.KeyOf(number));
                }
            }

            foreach (var key in old)
            {
                await bucket.DeleteAsync(key, cancellationToken);
            }
        }
        catch (BucketUnavailableException)
        {
            // What was published counts all the same, and the next writer tries again.
        }
    }
}
