using ReleaseServer.Caching;
using ReleaseServer.Listings;

namespace ReleaseServer.Releases;

/// <summary>Names the catalog documents that a run has changed, for nodes to purge.</summary>
internal static class CatalogPurge
{
    /// <summary>Documents named one by one; of more, the directories that they share are named.</summary>
    private const int MostDocuments = 1_000;

    /// <summary>Null where no document was changed.</summary>
    /// <param name="directories">Whose documents were written or deleted.</param>
    public static CachePurge? Of(IReadOnlyList<string> directories)
    {
        if (directories.Count == 0)
        {
            return null;
        }

        var tags = directories.Select(static directory => TagOf(directory, isWhole: false)).ToHashSet();

        // From the deepest directories up: all that lies deeper goes into its parent, until few enough are left; at the end the whole catalog.
        for (var depth = directories.Max(DepthOf) - 1; tags.Count > MostDocuments; depth--)
        {
            tags = [.. directories.Select(directory => TagOf(Shorten(directory, depth), DepthOf(directory) > depth))];
        }

        return new CachePurge([.. tags.OrderBy(static tag => tag.Value, StringComparer.Ordinal)], All: false, IsHard: false);
    }

    private static int DepthOf(string directory) => directory.AsSpan().Count('/');

    private static string Shorten(string directory, int depth)
    {
        var end = 0;
        for (var i = 0; i < depth && end < directory.Length; i++)
        {
            end = directory.IndexOf('/', end) + 1;
        }

        return DepthOf(directory) > depth ? directory[..end] : directory;
    }

    private static SurrogateKey TagOf(string directory, bool isWhole) => isWhole
        ? new SurrogateKey(SurrogateKey.Directory, CatalogKeys.DirectoryOf(directory))
        : new SurrogateKey(SurrogateKey.Key, CatalogKeys.TryCreate(directory, out var key) ? key.Value : "");
}
