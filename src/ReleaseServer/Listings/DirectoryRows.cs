using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Listings;

/// <summary>What one directory holds by its objects, before links: from its catalog document, or from the bucket itself.</summary>
/// <param name="Entries">In no order, hidden names included.</param>
/// <param name="Modified">Newest date beneath; null where it is not known.</param>
/// <param name="LinkFacts">What the directory's links led to when the catalog was written.</param>
internal sealed record DirectoryRows(IReadOnlyList<ListingEntry> Entries, DateTimeOffset? Modified, IReadOnlyList<CatalogLink> LinkFacts)
{
    /// <summary>
    /// Most keys that are read to learn the dates of sub-directories: five requests to S3. A larger tree shows its sub-directories without.
    /// </summary>
    public const int MaxLiveKeys = 5000;

    public static readonly DirectoryRows Empty = new([], Modified: null, []);

    public static DirectoryRows From(CatalogDocument document)
    {
        var entries = new List<ListingEntry>(document.Directories.Count + document.Files.Count);
        foreach (var directory in document.Directories)
        {
            entries.Add(new ListingEntry(directory.Name, IsDirectory: true, Length: null, directory.Modified));
        }

        foreach (var file in document.Files)
        {
            entries.Add(new ListingEntry(file.Name, IsDirectory: false, file.Size, file.Modified));
        }

        return new DirectoryRows(entries, document.Modified, document.Links);
    }

    /// <summary>The same without the versions that are not to be listed, and with what stands for objects.</summary>
    public DirectoryRows With(SiteOverlay overlay, string directory)
    {
        var pinned = overlay.DocumentsIn(directory)
            .Select(row => new ListingEntry(row.Key[directory.Length..], IsDirectory: false, row.Length, row.Modified))
            .ToList();
        var isListed = Entries.All(entry => !entry.IsDirectory || overlay.StateOf($"{directory}{entry.Name}/") is null);
        return pinned.Count == 0 && isListed
            ? this
            : this with
            {
                Entries =
                [
                    .. Entries.Where(entry => entry.IsDirectory
                        ? overlay.StateOf($"{directory}{entry.Name}/") is null
                        : !pinned.Exists(row => row.Name == entry.Name)),
                    .. pinned,
                ],
            };
    }

    /// <summary>Asks the bucket; null where it holds nothing of the directory.</summary>
    /// <param name="directory">Empty for the root, or ends in a slash.</param>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public static async ValueTask<DirectoryRows?> ReadLiveAsync(IBucket bucket, string directory, CancellationToken cancellationToken)
    {
        var tree = new ObjectTree();
        if (!await TryListAllAsync(bucket, directory, tree, cancellationToken))
        {
            return await ReadChildrenAsync(bucket, directory, cancellationToken);
        }

        tree.Settle();
        return tree.TryGet(directory, out var found) && found.Modified is not null
            ? From(new CatalogBuilder(tree, LinkTable.Empty).Build(found))
            : null;
    }

    private static async ValueTask<bool> TryListAllAsync(IBucket bucket, string directory, ObjectTree tree, CancellationToken cancellationToken)
    {
        var keys = 0;
        await foreach (var entry in bucket.ListAsync(directory, ListDepth.All, cancellationToken))
        {
            if (IsReserved(entry.Name))
            {
                continue;
            }

            if (++keys > MaxLiveKeys)
            {
                return false;
            }

            tree.TryAdd(entry);
        }

        return true;
    }

    private static async ValueTask<DirectoryRows> ReadChildrenAsync(IBucket bucket, string directory, CancellationToken cancellationToken)
    {
        var entries = new List<ListingEntry>();
        await foreach (var entry in bucket.ListAsync(directory, ListDepth.Children, cancellationToken))
        {
            var isDirectory = entry.Name.EndsWith('/');
            var key = isDirectory ? entry.Name[..^1] : entry.Name;
            if (entry.Name == directory || IsReserved(entry.Name) || !AssetKey.TryCreate(key, out _))
            {
                continue;
            }

            entries.Add(isDirectory
                ? new ListingEntry(key[directory.Length..], IsDirectory: true, Length: null, Modified: null)
                : new ListingEntry(key[directory.Length..], IsDirectory: false, entry.Length, entry.Modified));
        }

        return new DirectoryRows(entries, Modified: null, []);
    }

    private static bool IsReserved(string name) => name.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal);
}
