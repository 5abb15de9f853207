using System.Collections.Concurrent;
using ReleaseServer.Buckets;
using ReleaseServer.Listings;

namespace ReleaseServer.Releases;

/// <summary>Finds out what a replica lacks.</summary>
/// <param name="source">The primary.</param>
/// <param name="replica">Its replica.</param>
internal sealed class ReplicaDifference(IBucket source, IBucket replica, int parallelism)
{
    private readonly ConcurrentDictionary<string, byte[]> _documents = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _objects = new(StringComparer.Ordinal);

    /// <summary>Catalog documents that differ, by their keys, as the primary had them before its files were looked at.</summary>
    public IReadOnlyDictionary<string, byte[]> Documents => _documents;

    /// <summary>Keys of objects that the replica lacks, or may have another version of.</summary>
    public IReadOnlyCollection<string> Objects => (IReadOnlyCollection<string>)_objects.Keys;

    /// <summary>Objects that only the replica has; 0 where not every object was looked at.</summary>
    public int Extra { get; private set; }

    /// <summary>Reads the catalog documents that differ: first of all, so that none names what is not looked for afterwards.</summary>
    /// <exception cref="BucketUnavailableException">A bucket failed.</exception>
    public async Task FindDocumentsAsync(CancellationToken cancellationToken)
    {
        var there = await ListAsync(replica, CatalogKeys.Prefix, cancellationToken);
        var here = await ListAsync(source, CatalogKeys.Prefix, cancellationToken);
        var limits = new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(here.Values, limits, async (entry, stop) =>
        {
            // Tags of one kind of store tell; those of two do not, and the documents are small.
            if (there.TryGetValue(entry.Name, out var known) && known.Length == entry.Length && known.EntityTag == entry.EntityTag)
            {
                return;
            }

            if (await ReadAsync(source, entry.Name, stop) is { } content
                && (await ReadAsync(replica, entry.Name, stop) is not { } copy || !copy.AsSpan().SequenceEqual(content)))
            {
                _documents[entry.Name] = content;
            }
        });
    }

    /// <summary>Finds the objects that the documents found name, and that those of the replica do not name in the same way.</summary>
    /// <exception cref="BucketUnavailableException">A bucket failed.</exception>
    public async Task FindByCatalogAsync(CancellationToken cancellationToken)
    {
        var limits = new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(_documents, limits, async (pair, stop) =>
        {
            if (!CatalogKeys.TryGetDirectory(pair.Key, out var directory) || Parse(pair.Value, directory) is not { } document)
            {
                return;
            }

            var known = await ReadAsync(replica, pair.Key, stop) is { } copy ? Parse(copy, directory) : null;
            var rows = known?.Files.ToDictionary(static row => row.Name, StringComparer.Ordinal) ?? [];
            foreach (var row in document.Files.Where(row => rows.GetValueOrDefault(row.Name) != row))
            {
                _objects[directory + row.Name] = true;
            }
        });
    }

    /// <summary>Finds objects by the listings of both buckets.</summary>
    /// <exception cref="BucketUnavailableException">A bucket failed.</exception>
    public async Task FindByListingAsync(CancellationToken cancellationToken)
    {
        var there = await ListAsync(replica, "", cancellationToken);
        await foreach (var entry in source.ListAsync("", ListDepth.All, cancellationToken))
        {
            if (entry.Name.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal) || !AssetKey.TryCreate(entry.Name, out _))
            {
                continue;
            }

            if (!there.Remove(entry.Name, out var known) || !IsSame(entry, known))
            {
                _objects[entry.Name] = true;
            }
        }

        Extra = there.Count;
    }

    /// <summary>What a listing says; without the server's own documents, unless it is they that are listed.</summary>
    public static async Task<Dictionary<string, BucketEntry>> ListAsync(IBucket bucket, string prefix, CancellationToken cancellationToken)
    {
        var entries = new Dictionary<string, BucketEntry>(StringComparer.Ordinal);
        await foreach (var entry in bucket.ListAsync(prefix, ListDepth.All, cancellationToken))
        {
            if (!entry.Name.EndsWith('/') && entry.Name.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal) == (prefix.Length > 0 && prefix.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal)))
            {
                entries[entry.Name] = entry;
            }
        }

        return entries;
    }

    public static async Task<byte[]?> ReadAsync(IBucket bucket, string name, CancellationToken cancellationToken) =>
        await OwnDocuments.ReadAsync(bucket, AssetKey.Own(name[AssetKey.ReservedPrefix.Length..]), cancellationToken) is { } read ? read.Content.ToArray() : null;

    // Where listings cannot tell, the object itself is asked before anything is copied.
    private bool IsSame(BucketEntry here, BucketEntry there) =>
        here.Length == there.Length
        && (here.EntityTag == there.EntityTag || (source.ListsSourceDates && replica.ListsSourceDates && (here.Modified - there.Modified).Duration() < TimeSpan.FromMilliseconds(1)));

    private static CatalogDocument? Parse(byte[] content, string directory)
    {
        try
        {
            return CatalogDocument.Parse(content, directory);
        }
        catch (CatalogFormatException)
        {
            return null;
        }
    }
}
