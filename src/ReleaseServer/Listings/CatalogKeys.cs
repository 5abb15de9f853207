using System.Text;
using ReleaseServer.Buckets;

namespace ReleaseServer.Listings;

/// <summary>Where the catalog's documents are in the bucket.</summary>
/// <remarks>
/// The document of <c>a/b/</c> is <c>.release-server/catalog/a/b/~listing.json</c>. A segment that begins with a tilde gets one more, so that
/// no directory can have the name of a document.
/// </remarks>
internal static class CatalogKeys
{
    /// <summary>All documents are beneath it.</summary>
    public const string Prefix = AssetKey.ReservedPrefix + Folder;

    private const string Folder = "catalog/";
    private const string Document = "~listing.json";

    // S3 takes keys of 1,024 bytes; file systems take names of 255.
    private const int MaxKeyBytes = 1024;
    private const int MaxSegmentBytes = 255;

    /// <summary>False where the key would be too long for a bucket or a folder: such a directory has no document and is listed live.</summary>
    /// <param name="directory">Empty for the root, or ends in a slash.</param>
    /// <param name="key">The document's key.</param>
    public static bool TryCreate(string directory, out AssetKey key)
    {
        key = default;
        var name = new StringBuilder(Folder, Folder.Length + directory.Length + Document.Length + 8);
        var rest = directory.AsSpan();
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf('/');
            if (end < 0 || rest[..end] is "" or "." or ".." || rest[..end].Contains('\0'))
            {
                return false;
            }

            var escape = rest[0] == '~' ? 1 : 0;
            if (Encoding.UTF8.GetByteCount(rest[..end]) + escape > MaxSegmentBytes)
            {
                return false;
            }

            name.Append('~', escape).Append(rest[..(end + 1)]);
            rest = rest[(end + 1)..];
        }

        var document = name.Append(Document).ToString();
        if (AssetKey.ReservedPrefix.Length + Encoding.UTF8.GetByteCount(document) > MaxKeyBytes)
        {
            return false;
        }

        key = AssetKey.Own(document);
        return true;
    }

    /// <summary>Where the documents of a directory and of all beneath it are; of one whose document's key would be too long, the whole catalog.</summary>
    /// <param name="directory">Empty for the root, or ends in a slash.</param>
    public static string DirectoryOf(string directory) => TryCreate(directory, out var key) ? key.Value[..^Document.Length] : Prefix;

    /// <summary>The directory whose document a key is; false for a key that <see cref="TryCreate"/> never makes.</summary>
    public static bool TryGetDirectory(string key, out string directory)
    {
        directory = "";
        if (!key.StartsWith(Prefix, StringComparison.Ordinal) || !key.AsSpan(Prefix.Length - 1).EndsWith("/" + Document, StringComparison.Ordinal))
        {
            return false;
        }

        var name = new StringBuilder(key.Length);
        var rest = key.AsSpan()[Prefix.Length..^Document.Length];
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf('/') + 1;
            name.Append(rest[0] == '~' ? rest[1..end] : rest[..end]);
            rest = rest[end..];
        }

        directory = name.ToString();
        return TryCreate(directory, out var made) && made.Value == key;
    }
}
