using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Listings;

/// <summary>
/// Brings the catalog in line with a change of one tree and of links, without a look at the rest of the bucket: the documents of the tree, of
/// the directories above it, and of those that links have changed in. Not safe for concurrent use.
/// </summary>
/// <param name="bucket">Has a catalog.</param>
/// <param name="links">The links that will be in force with it.</param>
internal sealed class CatalogUpdate(IWritableBucket bucket, LinkTable links)
{
    private static readonly ObjectAttributes Attributes = new("application/json");

    private readonly Dictionary<string, CatalogDocument?> _documents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _before = new(StringComparer.Ordinal);
    private string _tree = "";

    /// <summary>Whether a document is missing that only a look at the whole bucket can make: <see cref="CatalogWriter"/>'s work.</summary>
    public bool IsIncomplete { get; private set; }

    /// <summary>Takes in what lies in a directory now; nothing for one that is gone.</summary>
    /// <param name="directory">Ends in a slash.</param>
    /// <param name="known">Metadata of objects by their keys, so that they need not be asked for their dates.</param>
    /// <param name="hides">Whether it is to look as if nothing were there.</param>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public async Task SetTreeAsync(
        string directory, IReadOnlyDictionary<string, RepresentationMetadata> known, bool hides, CancellationToken cancellationToken)
    {
        _tree = directory;
        var tree = new ObjectTree();
        if (!hides)
        {
            await foreach (var entry in bucket.ListAsync(directory, ListDepth.All, cancellationToken))
            {
                tree.TryAdd(await DateAsync(entry, known, cancellationToken));
            }
        }

        tree.Settle();
        var builder = new CatalogBuilder(tree, links);
        foreach (var found in tree.Directories.Where(found => found.Key.StartsWith(directory, StringComparison.Ordinal)))
        {
            await LoadAsync(found.Key, cancellationToken);
            _documents[found.Key] = builder.Build(found);
        }

        await foreach (var entry in bucket.ListAsync(CatalogKeys.DirectoryOf(directory), ListDepth.All, cancellationToken))
        {
            if (CatalogKeys.TryGetDirectory(entry.Name, out var cataloged) && !tree.TryGet(cataloged, out _))
            {
                await LoadAsync(cataloged, cancellationToken);
                _documents[cataloged] = null;
            }
        }

        await PropagateAsync(directory, tree.TryGet(directory, out var top) ? top.Modified : null, cancellationToken);
    }

    /// <summary>Looks anew at what links lead to: those that have changed, and those that lead into the tree. After <see cref="SetTreeAsync"/>.</summary>
    /// <param name="changed">Names of links that are new, moved or gone.</param>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public async Task SetLinksAsync(IEnumerable<string> changed, CancellationToken cancellationToken)
    {
        var intoTree = links.Links.Where(link => (links.Resolve(link.Target) + "/").StartsWith(_tree, StringComparison.Ordinal)).Select(static link => link.Name);
        var touched = changed.Concat(intoTree).ToHashSet(StringComparer.Ordinal);
        foreach (var directory in touched.Select(static name => name[..(name.LastIndexOf('/') + 1)]).Distinct(StringComparer.Ordinal))
        {
            var document = await LoadAsync(directory, cancellationToken) ?? Empty(directory);
            var facts = new List<CatalogLink>();
            foreach (var link in links.In(directory).ToArray())
            {
                var name = link.Name[directory.Length..];
                var known = document.Links.FirstOrDefault(fact => fact.Name == name);
                var fact = known is null || touched.Contains(link.Name) ? await LookAsync(name, link, cancellationToken) : known;
                if (fact is not null)
                {
                    facts.Add(fact);
                }
            }

            facts.Sort(static (left, right) => NameOrder.Compare(left.Name, right.Name));
            document = document with { Links = facts };
            _documents[directory] = document.HasObjects || !links.In(directory).IsEmpty ? document : null;
        }
    }

    /// <summary>Writes what differs, what lies deeper first, and reads it back.</summary>
    /// <returns>The directories whose documents have changed.</returns>
    /// <exception cref="BucketUnavailableException">The bucket failed, or has something else than it was given.</exception>
    public async Task<IReadOnlyList<string>> WriteAsync(CancellationToken cancellationToken)
    {
        var changed = new List<string>();
        foreach (var (directory, document) in _documents.OrderByDescending(static pair => pair.Key.AsSpan().Count('/')))
        {
            if (!CatalogKeys.TryCreate(directory, out var key))
            {
                continue;
            }

            var before = _before.GetValueOrDefault(directory);
            var bytes = document?.ToBytes();
            if (bytes is null ? before is null : before is not null && before.AsSpan().SequenceEqual(bytes))
            {
                continue;
            }

            changed.Add(directory);
            if (bytes is null)
            {
                await bucket.DeleteAsync(key, cancellationToken);
                continue;
            }

            await bucket.WriteAsync(key, bytes, Attributes, WriteCondition.None, cancellationToken);
            if (await CatalogContent.ReadAsync(bucket, key, cancellationToken) is not { } written || !written.AsSpan().SequenceEqual(bytes))
            {
                throw new BucketUnavailableException($"{bucket.Description} was given {key} and has something else");
            }
        }

        return changed;
    }

    private static CatalogDocument Empty(string directory) => new(CatalogDocument.CurrentFormat, directory, Modified: null, [], [], []);

    private static DateTimeOffset? Newest(CatalogDocument document)
    {
        var dates = document.Files.Select(static file => file.Modified).Concat(document.Directories.Select(static below => below.Modified)).ToList();
        if (document.Marker is { } marker)
        {
            dates.Add(marker.Modified);
        }

        return dates.Count == 0 ? null : dates.Max();
    }

    // The date that a listing of S3 does not give: from what was copied, from the document where the object is the same, or asked for.
    private async Task<BucketEntry> DateAsync(BucketEntry entry, IReadOnlyDictionary<string, RepresentationMetadata> known, CancellationToken cancellationToken)
    {
        if (bucket.ListsSourceDates)
        {
            return entry;
        }

        if (known.TryGetValue(entry.Name, out var metadata) && metadata.Length == entry.Length)
        {
            return entry with { Modified = metadata.Modified };
        }

        var nameStart = entry.Name.LastIndexOf('/') + 1;
        var document = await LoadAsync(entry.Name[..nameStart], cancellationToken);
        var row = document?.Files.FirstOrDefault(file => file.Name == entry.Name[nameStart..]);
        if (row is { Etag: { } tag } && tag == entry.EntityTag?.ToString() && row.Size == entry.Length)
        {
            return entry with { Modified = row.Modified };
        }

        return AssetKey.TryCreate(entry.Name, out var key) && await bucket.HeadAsync(key, cancellationToken) is { } there
            ? entry with { Modified = there.Modified }
            : entry;
    }

    // A directory's row stands in its parent, with the newest date beneath it, and so on up.
    private async Task PropagateAsync(string directory, DateTimeOffset? modified, CancellationToken cancellationToken)
    {
        while (directory.Length > 0)
        {
            var nameStart = directory.AsSpan(..^1).LastIndexOf('/') + 1;
            var (parent, name) = (directory[..nameStart], directory[nameStart..^1]);
            var document = await LoadAsync(parent, cancellationToken) ?? Empty(parent);
            var rows = document.Directories.Where(row => row.Name != name).ToList();
            if (modified is { } date)
            {
                rows.Add(new CatalogDirectory(name, date));
                rows.Sort(static (left, right) => NameOrder.Compare(left.Name, right.Name));
            }

            document = document with { Directories = rows };
            document = document with { Modified = Newest(document) };
            _documents[parent] = document.HasObjects || !links.In(parent).IsEmpty ? document : null;
            (directory, modified) = (parent, document.Modified);
        }
    }

    // A link that leads nowhere has no facts.
    private async Task<CatalogLink?> LookAsync(string name, Link link, CancellationToken cancellationToken)
    {
        var target = links.Resolve(link.Target);
        if (link.IsDirectory)
        {
            return await LoadAsync(target + "/", cancellationToken) is { HasObjects: true, Modified: { } modified }
                ? new CatalogLink(name, target, Directory: true, modified)
                : null;
        }

        var nameStart = target.LastIndexOf('/') + 1;
        var document = await LoadAsync(target[..nameStart], cancellationToken);
        return document?.Files.FirstOrDefault(file => file.Name == target[nameStart..]) is { } found
            ? new CatalogLink(name, target, Directory: false, found.Modified, found.Size)
            : null;
    }

    private async Task<CatalogDocument?> LoadAsync(string directory, CancellationToken cancellationToken)
    {
        if (_documents.TryGetValue(directory, out var known) || !CatalogKeys.TryCreate(directory, out var key))
        {
            return known;
        }

        try
        {
            if (await CatalogContent.ReadAsync(bucket, key, cancellationToken) is { } bytes)
            {
                _before[directory] = bytes;
                return _documents[directory] = CatalogDocument.Parse(bytes, directory);
            }
        }
        catch (CatalogFormatException)
        {
        }

        IsIncomplete |= await HoldsMoreAsync(directory, cancellationToken);
        return _documents[directory] = null;
    }

    // Whether a directory without a document holds anything beside the tree, and beside what is the server's own.
    private async Task<bool> HoldsMoreAsync(string directory, CancellationToken cancellationToken)
    {
        if (_tree.Length > 0 && directory.StartsWith(_tree, StringComparison.Ordinal))
        {
            return false;
        }

        await foreach (var entry in bucket.ListAsync(directory, ListDepth.Children, cancellationToken))
        {
            if (!_tree.StartsWith(entry.Name, StringComparison.Ordinal) && !entry.Name.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
