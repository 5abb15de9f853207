using ReleaseServer.Buckets;

namespace ReleaseServer.Releases;

/// <summary>Names and sizes of all objects of a bucket by directory, without the server's own documents.</summary>
internal sealed class BucketNames
{
    private readonly Dictionary<string, Dictionary<string, long>> _directories = new(StringComparer.Ordinal) { [""] = new(StringComparer.Ordinal) };
    private readonly Dictionary<string, List<string>> _children = new(StringComparer.Ordinal);

    public long Count { get; private set; }

    /// <summary>Every directory: empty for the root, or with a slash at its end.</summary>
    public IEnumerable<string> Directories => _directories.Keys;

    /// <param name="under">Only what lies beneath; empty, or ends in a slash.</param>
    /// <exception cref="BucketUnavailableException">A page failed: there are no half names.</exception>
    public static async Task<BucketNames> ReadAsync(IBucket bucket, string under, CancellationToken cancellationToken)
    {
        var names = new BucketNames();
        await foreach (var entry in bucket.ListAsync(under, ListDepth.All, cancellationToken))
        {
            if (!entry.Name.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal))
            {
                names.Add(entry.Name, entry.Length);
            }
        }

        return names;
    }

    /// <summary>Files directly in a directory, with their sizes; empty for one that is not there.</summary>
    public IReadOnlyDictionary<string, long> FilesIn(string directory) =>
        _directories.TryGetValue(directory, out var files) ? files : new Dictionary<string, long>();

    public bool HasFile(string key) => FilesIn(ParentOf(key)).ContainsKey(key[(key.LastIndexOf('/') + 1)..]);

    public bool HasDirectory(string directory) => _directories.ContainsKey(directory);

    /// <summary>Files of a directory and of all beneath it, by their names relative to it.</summary>
    public IEnumerable<string> FilesBeneath(string directory) =>
        FilesIn(directory).Keys.Concat(DirectoriesIn(directory).SelectMany(name => FilesBeneath($"{directory}{name}/").Select(file => $"{name}/{file}")));

    /// <summary>Names of the sub-directories of a directory.</summary>
    public IReadOnlyList<string> DirectoriesIn(string directory) => _children.GetValueOrDefault(directory) ?? [];

    private static string ParentOf(string key) => key[..(key.LastIndexOf('/') + 1)];

    private void Add(string key, long length)
    {
        Count++;
        var directory = ParentOf(key);
        var files = Make(directory);
        if (!key.EndsWith('/'))
        {
            files[key[directory.Length..]] = length;
        }
    }

    private Dictionary<string, long> Make(string directory)
    {
        if (!_directories.TryGetValue(directory, out var files))
        {
            _directories.Add(directory, files = new Dictionary<string, long>(StringComparer.Ordinal));
            var parent = ParentOf(directory[..^1]);
            Make(parent);
            if (!_children.TryGetValue(parent, out var children))
            {
                _children.Add(parent, children = []);
            }

            children.Add(directory[parent.Length..^1]);
        }

        return files;
    }
}
