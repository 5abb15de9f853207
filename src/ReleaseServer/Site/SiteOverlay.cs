using System.Collections.Frozen;
using ReleaseServer.Buckets;

namespace ReleaseServer.Site;

/// <summary>What a link meant before, or will mean soon: names that are absent under its target are looked for under this one as well.</summary>
/// <param name="Link">The link's name with that other target, free of links.</param>
/// <param name="Until">When it ends, UTC, whole seconds.</param>
internal sealed record OtherTarget(Link Link, DateTimeOffset Until);

/// <summary>A document of the server's own that is answered in the place of an object, so that it changes in the moment the links do.</summary>
/// <param name="Key">The object's key, such as <c>nodejs/release/index.json</c>.</param>
/// <param name="Name">The document beneath the reserved prefix, never changed once written.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">UTC, whole seconds.</param>
internal sealed record PinnedDocument(string Key, string Name, long Length, DateTimeOffset Modified)
{
    /// <summary>All such documents are beneath it.</summary>
    public const string Folder = "documents/";

    public static bool IsName(string text) => text.StartsWith(Folder, StringComparison.Ordinal) && AssetKey.TryCreateOwn(text, out _);
}

/// <summary>Why a version is in no listing.</summary>
internal enum UnlistedState
{
    /// <summary>On its way in: its files come one by one. Its own listing shows once it is whole.</summary>
    Staged,

    /// <summary>Taken back; who has a file's address still gets it.</summary>
    Hidden,

    /// <summary>Gone: whatever is left in the bucket is answered as absent.</summary>
    Withdrawn,
}

/// <param name="Directory">The version's directory, such as <c>nodejs/release/v26.8.0/</c>.</param>
internal sealed record UnlistedVersion(string Directory, UnlistedState State)
{
    public static string NameOf(UnlistedState state) => state switch
    {
        UnlistedState.Staged => "staged",
        UnlistedState.Hidden => "hidden",
        _ => "withdrawn",
    };

    public static UnlistedState? StateOf(string? name) => name switch
    {
        "staged" => UnlistedState.Staged,
        "hidden" => UnlistedState.Hidden,
        "withdrawn" => UnlistedState.Withdrawn,
        _ => null,
    };
}

/// <summary>What a publication lays over the bucket beside its links. Immutable.</summary>
internal sealed class SiteOverlay
{
    public static readonly SiteOverlay None = new(LinksDocument.None);

    private readonly FrozenDictionary<string, OtherTarget[]> _overlap;
    private readonly FrozenDictionary<string, PinnedDocument> _documents;
    private readonly ILookup<string, PinnedDocument> _documentsByDirectory;
    private readonly FrozenDictionary<string, UnlistedState> _unlisted;
    private readonly string[] _withdrawn;

    public SiteOverlay(LinksDocument document)
    {
        _overlap = document.Overlap.GroupBy(static row => row.Link.Name).ToFrozenDictionary(static rows => rows.Key, static rows => rows.ToArray(), StringComparer.Ordinal);
        _documents = document.Documents.ToFrozenDictionary(static row => row.Key, StringComparer.Ordinal);
        _documentsByDirectory = document.Documents.ToLookup(static row => row.Key[..(row.Key.LastIndexOf('/') + 1)], StringComparer.Ordinal);
        _unlisted = document.Unlisted.ToFrozenDictionary(static row => row.Directory, static row => row.State, StringComparer.Ordinal);
        _withdrawn = [.. document.Unlisted.Where(static row => row.State == UnlistedState.Withdrawn).Select(static row => row.Directory)];
    }

    /// <summary>The documents that stand for objects directly in a directory.</summary>
    /// <param name="directory">Empty for the root, or ends in a slash.</param>
    public IEnumerable<PinnedDocument> DocumentsIn(string directory) => _documentsByDirectory[directory];

    /// <summary>Where an object's bytes are: the key itself, or that of the document that stands for it.</summary>
    public AssetKey StoredKeyOf(AssetKey key) => _documents.TryGetValue(key.Value, out var document) ? AssetKey.Own(document.Name) : key;

    /// <summary>Why a directory is in no listing; null for any other.</summary>
    /// <param name="directory">Ends in a slash.</param>
    public UnlistedState? StateOf(string directory) => _unlisted.TryGetValue(directory, out var state) ? state : null;

    /// <summary>Whether what lies at a key is to be answered as absent.</summary>
    /// <param name="key">A key, or a directory with a slash at its end.</param>
    public bool IsWithdrawn(string key)
    {
        foreach (var directory in _withdrawn)
        {
            if (key.StartsWith(directory, StringComparison.Ordinal) || key.AsSpan().SequenceEqual(directory.AsSpan()[..^1]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Where else to look for what is absent: by the other targets of the links in a key, newest first.</summary>
    /// <param name="key">Before links; with a slash at its end for a directory.</param>
    public IReadOnlyList<(string Key, DateTimeOffset Until)> OtherKeysOf(string key, LinkTable links, DateTimeOffset now)
    {
        if (_overlap.Count == 0)
        {
            return [];
        }

        var keys = new List<(string, DateTimeOffset)>();
        for (var end = key.Length; end > 0; end = key.AsSpan(0, end).LastIndexOf('/'))
        {
            if (!_overlap.TryGetValue(key[..end], out var others))
            {
                continue;
            }

            foreach (var other in others.Where(other => other.Until > now && (other.Link.IsDirectory || end == key.Length)))
            {
                keys.Add((links.Resolve(other.Link.Target + key[end..]), other.Until));
            }
        }

        return keys;
    }
}
