using ReleaseServer.Buckets;

namespace ReleaseServer.Releases;

/// <summary>The names in a bucket at one moment: what a plan of links is made from.</summary>
internal sealed class BucketInventory
{
    private readonly HashSet<string> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<string>> _directories = new(StringComparer.Ordinal) { [""] = new(StringComparer.Ordinal) };

    public int ObjectCount => _objects.Count;

    /// <summary>Lists the whole bucket but the server's own documents.</summary>
    /// <exception cref="BucketUnavailableException">A page failed: there is no half inventory.</exception>
    /// <param name="unlisted">Directories that count as not there, each with a slash at its end: versions on their way in, or taken back.</param>
    public static async Task<BucketInventory> ReadAsync(
        IBucket bucket, IReadOnlyCollection<string> unlisted, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        var inventory = new BucketInventory();
        await foreach (var entry in bucket.ListAsync("", ListDepth.All, cancellationToken))
        {
            if (!entry.Name.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal)
                && !unlisted.Any(directory => entry.Name.StartsWith(directory, StringComparison.Ordinal)))
            {
                inventory.Add(entry.Name);
                progress?.Report(inventory.ObjectCount);
            }
        }

        return inventory;
    }

    /// <param name="name">A key; one that ends in a slash is a marker and makes a directory.</param>
    public void Add(string name)
    {
        if (!name.EndsWith('/'))
        {
            _objects.Add(name);
        }

        for (var slash = name.LastIndexOf('/'); slash >= 0; slash = slash == 0 ? -1 : name.LastIndexOf('/', slash - 1))
        {
            AddDirectory(name[..slash]);
        }
    }

    public bool HasObject(string key) => _objects.Contains(key);

    /// <param name="directory">No closing slash.</param>
    public bool HasDirectory(string directory) => _directories.ContainsKey(directory);

    /// <summary>Names of the sub-directories, sorted; empty for a directory that is not there.</summary>
    /// <param name="directory">No closing slash.</param>
    public IReadOnlyCollection<string> SubdirectoriesOf(string directory) => _directories.GetValueOrDefault(directory) ?? [];

    private void AddDirectory(string directory)
    {
        if (_directories.TryAdd(directory, new SortedSet<string>(StringComparer.Ordinal)))
        {
            var slash = directory.LastIndexOf('/');
            var parent = slash < 0 ? "" : directory[..slash];
            if (slash < 0)
            {
                _directories[""].Add(directory);
            }
            else
            {
                AddDirectory(parent);
                _directories[parent].Add(directory[(slash + 1)..]);
            }
        }
    }
}
