using System.Collections.Frozen;

namespace ReleaseServer.Site;

/// <summary>Media types by file extension, for objects that were stored without one, and which types are worth compressing. Immutable.</summary>
internal sealed class MediaTypes
{
    private readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _byExtension;
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _compressible;

    public MediaTypes(string fallback, IEnumerable<KeyValuePair<string, string>> byExtension, IEnumerable<string> compressible)
    {
        Default = fallback;
        _byExtension = byExtension.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
        _compressible = compressible.ToFrozenSet(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The type of names without a known extension.</summary>
    public string Default { get; }

    public int Count => _byExtension.Dictionary.Count;

    /// <summary>The type of a key by what follows the last dot of its last segment, in any case.</summary>
    public string Of(ReadOnlySpan<char> key)
    {
        var name = key[(key.LastIndexOf('/') + 1)..];
        var dot = name.LastIndexOf('.');
        return dot >= 0 && _byExtension.TryGetValue(name[(dot + 1)..], out var type) ? type : Default;
    }

    /// <summary>Whether a media type, parameters aside, is worth a content coding. Archives are not.</summary>
    public bool IsCompressible(ReadOnlySpan<char> mediaType)
    {
        var parameters = mediaType.IndexOf(';');
        return _compressible.Contains((parameters < 0 ? mediaType : mediaType[..parameters]).TrimEnd());
    }
}
