using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Listings;

/// <summary>The names in one version of a catalog document, for asking whether one is among them. Immutable.</summary>
internal sealed class CatalogNames
{
    private readonly HashSet<string> _files;
    private readonly HashSet<string> _directories;
    private readonly bool _hasMarker;

    /// <param name="document">Null for one that could not be read, and says nothing.</param>
    /// <param name="version">Of the document.</param>
    public CatalogNames(CatalogDocument? document, EntityTag version)
    {
        Version = version;
        IsKnown = document is not null;
        _files = document is null ? [] : document.Files.Select(static file => file.Name).ToHashSet(StringComparer.Ordinal);
        _directories = document is null ? [] : document.Directories.Select(static directory => directory.Name).ToHashSet(StringComparer.Ordinal);
        _hasMarker = document?.Marker is not null;
    }

    public EntityTag Version { get; }

    /// <summary>Whether the document could be read; no name is in one that could not.</summary>
    public bool IsKnown { get; }

    /// <summary>How many names there are, for counting what they take.</summary>
    public int Count => _files.Count + _directories.Count;

    /// <summary>Whether the directory exists by its objects.</summary>
    public bool HasObjects => Count > 0 || _hasMarker;

    /// <param name="name">In the directory; empty for the marker that stands for it (<see cref="AssetKey.TryCreateMarker"/>).</param>
    public bool HasObject(string name) => name.Length == 0 ? _hasMarker : _files.Contains(name);

    public bool HasDirectory(string name) => _directories.Contains(name);
}
