using System.Globalization;
using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>What was published before: each links document names the one that it took the place of.</summary>
internal static class SiteHistory
{
    /// <summary>Publications that are kept; what is older cannot be gone back to.</summary>
    public const int Kept = 100;

    private const string LinksPrefix = AssetKey.ReservedPrefix + "links/";
    private const string DocumentsPrefix = AssetKey.ReservedPrefix + PinnedDocument.Folder;

    /// <summary>The publication in force and those before it, newest first, as far as they are kept.</summary>
    /// <exception cref="SiteDataException">One of them cannot be read.</exception>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public static async IAsyncEnumerable<LinksDocument> ReadAsync(
        IBucket bucket, GenerationDocument generation, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var name = generation.Links; name is not null;)
        {
            if (await OwnDocuments.ReadAsync(bucket, AssetKey.Own(name), cancellationToken) is not { } read)
            {
                yield break;
            }

            var document = LinksDocument.Read(name, read.Content);
            yield return document;
            name = document.Replaces;
        }
    }

    /// <summary>Deletes publications, and documents of theirs, that are too old to go back to. A bucket that fails leaves it to the next.</summary>
    /// <remarks>
    /// A document is named by publications one after another from that of its number on, never again after one that does not name it. So what
    /// is older than the oldest publication kept, and not named by that one, is named by none.
    /// </remarks>
    /// <param name="current">In force.</param>
    public static async Task PruneAsync(IWritableBucket bucket, LinksDocument current, CancellationToken cancellationToken)
    {
        try
        {
            var links = await ListAsync(bucket, LinksPrefix, cancellationToken);
            if (links.Count <= Kept)
            {
                return;
            }

            var oldest = links[Kept - 1];
            var kept = LinksDocument.Read(oldest.Name, (await OwnDocuments.ReadAsync(bucket, AssetKey.Own(oldest.Name), cancellationToken))?.Content ?? default);
            foreach (var old in links.Skip(Kept).Where(row => row.Generation < Math.Min(oldest.Generation, current.Generation)))
            {
                await bucket.DeleteAsync(AssetKey.Own(old.Name), cancellationToken);
            }

            var named = kept.Documents.Concat(current.Documents).Select(static pin => pin.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var (name, generation) in await ListAsync(bucket, DocumentsPrefix, cancellationToken))
            {
                if (generation < oldest.Generation && !named.Contains(name))
                {
                    await bucket.DeleteAsync(AssetKey.Own(name), cancellationToken);
                }
            }
        }
        catch (Exception exception) when (exception is BucketUnavailableException or SiteDataException)
        {
            // What was published counts all the same.
        }
    }

    // Names beneath the reserved prefix, newest generation first; what has none is nobody's business here.
    private static async Task<List<(string Name, long Generation)>> ListAsync(IBucket bucket, string prefix, CancellationToken cancellationToken)
    {
        var names = new List<(string Name, long Generation)>();
        await foreach (var entry in bucket.ListAsync(prefix, ListDepth.All, cancellationToken))
        {
            var number = entry.Name[prefix.Length..].Split('-')[0];
            if (long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var generation))
            {
                names.Add((entry.Name[AssetKey.ReservedPrefix.Length..], generation));
            }
        }

        return [.. names.OrderByDescending(static row => row.Generation).ThenBy(static row => row.Name, StringComparer.Ordinal)];
    }
}
