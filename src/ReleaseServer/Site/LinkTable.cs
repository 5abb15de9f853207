using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace ReleaseServer.Site;

/// <summary>A name in the bucket that stands for another, as a symbolic link does on a disk.</summary>
/// <param name="Name">The key of the link, such as <c>nodejs/release/latest</c>; no closing slash.</param>
/// <param name="Target">The key or directory it stands for, such as <c>nodejs/release/v26.7.0</c>; no closing slash.</param>
/// <param name="IsDirectory">Whether the target is a directory.</param>
internal sealed record Link(string Name, string Target, bool IsDirectory);

/// <summary>All links of one generation, flattened: each leads straight to something that is no link. Immutable.</summary>
internal sealed class LinkTable
{
    public static readonly LinkTable Empty = new([]);

    private readonly FrozenDictionary<string, Link>.AlternateLookup<ReadOnlySpan<char>> _byName;
    private readonly FrozenDictionary<string, Link[]> _byDirectory;

    /// <param name="links">Flattened and free of cycles.</param>
    public LinkTable(IReadOnlyCollection<Link> links)
    {
        Links = links;
        _byName = links.ToFrozenDictionary(link => link.Name, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

        // A link deep down makes each directory above it exist, as it would on a disk.
        var directories = new Dictionary<string, List<Link>>(StringComparer.Ordinal);
        foreach (var link in links)
        {
            DirectoryOf(directories, DirectoryPart(link.Name)).Add(link);
            for (var parent = DirectoryPart(link.Name); parent.Length > 0; parent = DirectoryPart(parent[..^1]))
            {
                DirectoryOf(directories, parent);
            }
        }

        _byDirectory = directories.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.ToArray(), StringComparer.Ordinal);
    }

    public IReadOnlyCollection<Link> Links { get; }

    /// <summary>The links directly in a directory; empty for none.</summary>
    /// <param name="directory">Empty for the root, or ends in a slash.</param>
    public ReadOnlySpan<Link> In(string directory) => _byDirectory.TryGetValue(directory, out var links) ? links : [];

    /// <summary>Whether links alone make this directory exist.</summary>
    /// <param name="directory">Ends in a slash.</param>
    public bool HasBeneath(string directory) => _byDirectory.ContainsKey(directory);

    /// <summary>Finds the link of exactly this name.</summary>
    public bool TryGet(ReadOnlySpan<char> name, [NotNullWhen(true)] out Link? link) => _byName.TryGetValue(name, out link);

    /// <summary>Follows every link in <paramref name="key"/>; the same string comes back where there is none.</summary>
    public string Resolve(string key)
    {
        // A target may lie in a directory with links of its own, so look again; flattening has ruled out endless chains.
        while (TryFollow(key, out _, out var followed))
        {
            key = followed;
        }

        return key;
    }

    /// <summary>Follows one link in <paramref name="key"/>, the longest that names a part of it.</summary>
    public bool TryFollow(string key, [NotNullWhen(true)] out Link? link, [NotNullWhen(true)] out string? followed)
    {
        // Whole segments only: "latest" must not match "latest-jod".
        for (var end = key.Length; end > 0; end = key.AsSpan(0, end).LastIndexOf('/'))
        {
            if (_byName.TryGetValue(key.AsSpan(0, end), out link))
            {
                followed = string.Concat(link.Target, key.AsSpan(end));
                return true;
            }
        }

        (link, followed) = (null, null);
        return false;
    }

    private static List<Link> DirectoryOf(Dictionary<string, List<Link>> directories, string directory)
    {
        if (!directories.TryGetValue(directory, out var links))
        {
            directories.Add(directory, links = []);
        }

        return links;
    }

    private static string DirectoryPart(string name) => name[..(name.LastIndexOf('/') + 1)];
}
