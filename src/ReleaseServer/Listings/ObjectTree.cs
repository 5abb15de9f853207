using System.Diagnostics.CodeAnalysis;
using ReleaseServer.Buckets;

namespace ReleaseServer.Listings;

/// <summary>Objects of a bucket by directory. Filled by one thread, then settled; after that it may be read by many.</summary>
internal sealed class ObjectTree
{
    private readonly Dictionary<string, ObjectDirectory> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ObjectDirectory>.AlternateLookup<ReadOnlySpan<char>> _bySpan;
    private readonly List<ObjectDirectory> _directories = [];

    public ObjectTree()
    {
        _bySpan = _byName.GetAlternateLookup<ReadOnlySpan<char>>();
        Root = new ObjectDirectory("", "");
        _byName.Add("", Root);
        _directories.Add(Root);
    }

    public ObjectDirectory Root { get; }

    /// <summary>Every directory after the one that holds it, the root first.</summary>
    public IReadOnlyList<ObjectDirectory> Directories => _directories;

    /// <summary>False for an object that no path leads to: its key breaks the rules, or is reserved.</summary>
    public bool TryAdd(BucketEntry entry)
    {
        var isMarker = entry.Name.EndsWith('/');
        if (!(isMarker ? AssetKey.TryCreateMarker(entry.Name, out var key) : AssetKey.TryCreate(entry.Name, out key)))
        {
            return false;
        }

        var nameStart = isMarker ? entry.Name.Length : entry.Name.LastIndexOf('/') + 1;
        var directory = AddDirectory(entry.Name.AsSpan(0, nameStart));
        var item = new ListedObject(key, entry.Name[nameStart..], entry.Length, entry.Modified, entry.EntityTag?.ToString());
        if (isMarker)
        {
            directory.Marker = item;
        }
        else
        {
            directory.Files.Add(item);
        }

        return true;
    }

    /// <summary>Makes sure of a directory and those above it.</summary>
    /// <param name="directory">Empty for the root, or ends in a slash.</param>
    public ObjectDirectory AddDirectory(ReadOnlySpan<char> directory)
    {
        if (_bySpan.TryGetValue(directory, out var known))
        {
            return known;
        }

        var nameStart = directory[..^1].LastIndexOf('/') + 1;
        var parent = AddDirectory(directory[..nameStart]);
        var added = new ObjectDirectory(directory.ToString(), directory[nameStart..^1].ToString());
        parent.Directories.Add(added);
        _byName.Add(added.Key, added);
        _directories.Add(added);
        return added;
    }

    public bool TryGet(string directory, [NotNullWhen(true)] out ObjectDirectory? found) => _byName.TryGetValue(directory, out found);

    /// <summary>Drops objects that are gone, sorts, and gives each directory the newest date beneath it.</summary>
    public void Settle()
    {
        for (var last = _directories.Count - 1; last >= 0; last--)
        {
            _directories[last].Settle();
        }
    }
}

/// <param name="key">Empty for the root, or ends in a slash.</param>
/// <param name="name">The last segment, without the slash.</param>
internal sealed class ObjectDirectory(string key, string name)
{
    public string Key => key;

    public string Name => name;

    public List<ListedObject> Files { get; } = [];

    public List<ObjectDirectory> Directories { get; } = [];

    public ListedObject? Marker { get; set; }

    /// <summary>Newest date beneath; null where there is no object, only links. Known once settled.</summary>
    public DateTimeOffset? Modified { get; private set; }

    /// <summary>Finds a file by name, once settled.</summary>
    public ListedObject? FindFile(string file)
    {
        var low = 0;
        for (var high = Files.Count; low < high;)
        {
            var middle = (low + high) / 2;
            var order = NameOrder.Compare(Files[middle].Name, file);
            if (order == 0)
            {
                return Files[middle];
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle);
        }

        return null;
    }

    /// <summary>Needs the directories below to be settled.</summary>
    public void Settle()
    {
        Files.RemoveAll(static file => file.IsGone);
        Files.Sort(static (left, right) => NameOrder.Compare(left.Name, right.Name));
        Directories.Sort(static (left, right) => NameOrder.Compare(left.Name, right.Name));

        Modified = Marker?.Modified;
        foreach (var file in Files)
        {
            Modified = Newest(Modified, file.Modified);
        }

        foreach (var directory in Directories)
        {
            Modified = Newest(Modified, directory.Modified);
        }
    }

    private static DateTimeOffset? Newest(DateTimeOffset? left, DateTimeOffset? right) => right is null || left > right ? left : right;
}

/// <summary>An object as a listing gave it, until a closer look gives better facts.</summary>
internal sealed class ListedObject(AssetKey key, string name, long length, DateTimeOffset modified, string? entityTag)
{
    public AssetKey Key => key;

    /// <summary>The last segment; empty for a marker.</summary>
    public string Name => name;

    public long Length { get; private set; } = length;

    /// <summary>UTC, cut to milliseconds.</summary>
    public DateTimeOffset Modified { get; private set; } = ToMilliseconds(modified);

    public string? EntityTag { get; private set; } = entityTag;

    /// <summary>Whether <see cref="Modified"/> is the source's date rather than the store's.</summary>
    public bool HasSourceDate { get; private set; }

    public bool IsGone { get; private set; }

    public void Update(DateTimeOffset modified)
    {
        Modified = ToMilliseconds(modified);
        HasSourceDate = true;
    }

    /// <summary>Takes the facts of one request together, so that a new date never stands beside an old size.</summary>
    public void Update(RepresentationMetadata metadata)
    {
        Length = metadata.Length;
        EntityTag = metadata.EntityTag.ToString();
        Update(metadata.Modified);
    }

    public void Remove() => IsGone = true;

    private static DateTimeOffset ToMilliseconds(DateTimeOffset date) =>
        new(date.UtcTicks - (date.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
}
