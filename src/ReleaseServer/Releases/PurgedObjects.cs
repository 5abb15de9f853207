using ReleaseServer.Buckets;
using ReleaseServer.Caching;

namespace ReleaseServer.Releases;

/// <summary>Objects of the bucket that a purge names by their keys or directories.</summary>
/// <param name="Keys">Sorted; without the server's own documents.</param>
/// <param name="HasMore">Whether there are more than were asked for.</param>
internal sealed record PurgedObjects(IReadOnlyCollection<string> Keys, bool HasMore)
{
    /// <param name="purge">Without links.</param>
    /// <param name="most">How many to find.</param>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public static async Task<PurgedObjects> FindAsync(IBucket bucket, CachePurge purge, int most, CancellationToken cancellationToken)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var tag in purge.Tags.Where(static tag => !tag.Value.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal)))
        {
            if (tag.Kind == SurrogateKey.Key && AssetKey.TryCreate(tag.Value, out var key) && await bucket.HeadAsync(key, cancellationToken) is not null)
            {
                found.Add(tag.Value);
            }
            else if (tag.Kind == SurrogateKey.Directory)
            {
                await AddDirectoryAsync(bucket, tag.Value, most, found, cancellationToken);
            }

            if (found.Count > most)
            {
                return new PurgedObjects([.. found.Take(most)], HasMore: true);
            }
        }

        return new PurgedObjects(found, HasMore: false);
    }

    private static async Task AddDirectoryAsync(
        IBucket bucket, string directory, int most, SortedSet<string> found, CancellationToken cancellationToken)
    {
        await foreach (var entry in bucket.ListAsync(directory, ListDepth.All, cancellationToken))
        {
            if (AssetKey.TryCreate(entry.Name, out _) && found.Add(entry.Name) && found.Count > most)
            {
                return;
            }
        }
    }
}
