using Microsoft.Extensions.Primitives;

namespace ReleaseServer.Site;

/// <summary>A header field that a route adds to every answer with content.</summary>
internal readonly record struct ExtraField(string Name, StringValues Value)
{
    /// <summary>Sets them in turn; of two with one name the last stays.</summary>
    public static void Set(IHeaderDictionary headers, ReadOnlySpan<ExtraField> fields)
    {
        foreach (ref readonly var field in fields)
        {
            headers[field.Name] = field.Value;
        }
    }
}

/// <summary>One row of the route table: which path leads to which key, or to which fixed answer.</summary>
internal sealed record AssetRoute
{
    /// <summary>A path that ends in a slash means itself, what is beneath it, and itself without the slash; any other path only itself.</summary>
    public required string Path { get; init; }

    /// <summary>For a directory route a key prefix (empty, or ends in a slash), for a file route a key; null for a fixed answer.</summary>
    public string? Key { get; init; }

    /// <summary>Status of a fixed answer without content; 0 where <see cref="Key"/> says.</summary>
    public int Status { get; init; }

    /// <summary>Whether a fixed answer is 503 while the server is about to stop: for those who distribute requests. Default false.</summary>
    public bool Health { get; init; }

    /// <summary>Whether directories without an index page are listed. Default true.</summary>
    public bool Listing { get; init; } = true;

    /// <summary>Cache-Control of answers that succeed.</summary>
    public required string CacheControl { get; init; }

    /// <summary>Fields added to every answer that succeeds.</summary>
    public IReadOnlyList<ExtraField> Fields { get; init; } = [];

    public bool IsDirectory => Path.EndsWith('/');
}

/// <summary>Which path leads where; the first row that matches wins. Immutable.</summary>
internal sealed class RouteTable(IReadOnlyList<AssetRoute> routes, IReadOnlyList<SuffixFields> suffixFields)
{
    public IReadOnlyList<AssetRoute> Routes => routes;

    public IReadOnlyList<SuffixFields> SuffixFields => suffixFields;

    /// <summary>Finds the row of a path; null where no row matches.</summary>
    /// <param name="path">Decoded and resolved, as <see cref="Http.RequestTarget"/> makes it.</param>
    /// <param name="key">The key before links, ending in a slash if the path does; empty for a fixed answer and for the root.</param>
    public AssetRoute? Find(string path, out string key)
    {
        foreach (var route in routes)
        {
            if (Matches(route, path))
            {
                key = KeyOf(route, path);
                return route;
            }
        }

        key = "";
        return null;
    }

    // A prefix ends at a slash or at the end: "/dist/" must not match "/distx".
    private static bool Matches(AssetRoute route, string path) => route.IsDirectory
        ? path.StartsWith(route.Path, StringComparison.Ordinal) || path.AsSpan().SequenceEqual(route.Path.AsSpan(0, route.Path.Length - 1))
        : path == route.Path;

    private static string KeyOf(AssetRoute route, string path)
    {
        if (route.Key is null || !route.IsDirectory)
        {
            return route.Key ?? "";
        }

        return path.Length < route.Path.Length
            ? route.Key.TrimEnd('/')
            : string.Concat(route.Key, path.AsSpan(route.Path.Length));
    }
}

/// <summary>Fields added to answers that succeed and whose path ends in a text, whatever the route.</summary>
internal sealed record SuffixFields(string Suffix, IReadOnlyList<ExtraField> Fields);
