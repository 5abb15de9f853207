namespace ReleaseServer.Site;

/// <summary>The way back from keys to the paths that lead to them: routes and links in reverse. Immutable.</summary>
internal sealed class PublicPaths
{
    private const string IndexPage = "index.html";

    /// <summary>Names of one key that are looked for; links that lead to links to links have a few.</summary>
    private const int MostNames = 1_000;

    private readonly SiteData _data;
    private readonly LinkTable _links;
    private readonly ILookup<string, Link> _byTarget;

    public PublicPaths(SiteData data, LinkTable links)
    {
        (_data, _links) = (data, links);
        _byTarget = links.Links.ToLookup(link => links.Resolve(link.Target), StringComparer.Ordinal);
    }

    /// <summary>Every path that is answered from an object, sorted; of an index page also that of its directory.</summary>
    /// <param name="key">Of an object, free of links.</param>
    /// <returns>Decoded paths; none for a key that no route leads to.</returns>
    public IReadOnlyList<string> Of(string key)
    {
        var paths = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var name in NamesOf(key))
        {
            foreach (var path in PathsOf(name).Where(path => LeadsTo(path, key)))
            {
                paths.Add(path);
                if (path.EndsWith("/" + IndexPage, StringComparison.Ordinal))
                {
                    paths.Add(path[..^IndexPage.Length]);
                }
            }
        }

        return [.. paths];
    }

    /// <summary>Every path beneath which something of a directory is answered, sorted: the directory's own, and those of what is routed or linked in it.</summary>
    /// <param name="directory">Empty for the root, or ends in a slash; free of links.</param>
    /// <returns>Decoded paths; those of directories end in a slash.</returns>
    public IReadOnlyList<string> OfDirectory(string directory)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { directory };
        if (directory.Length > 0)
        {
            names.UnionWith(NamesOf(directory[..^1]).Select(static name => name + "/"));
        }

        foreach (var link in _links.Links.Where(link => _links.Resolve(link.Target).StartsWith(directory, StringComparison.Ordinal)))
        {
            names.Add(link.IsDirectory ? link.Name + "/" : link.Name);
        }

        var paths = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            paths.UnionWith(PathsOf(name).Where(path => IsReached(path)));
            if (name.Length == 0 || name.EndsWith('/'))
            {
                paths.UnionWith(_data.Routes.Routes
                    .Where(route => route.Key?.StartsWith(name, StringComparison.Ordinal) == true && IsReached(route.Path))
                    .Select(static route => route.Path));
            }
        }

        return [.. paths];
    }

    // The key itself, and each name by which links lead to it, links in the way to a link included.
    private HashSet<string> NamesOf(string key)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { key };
        var waiting = new Queue<string>(names);
        while (names.Count < MostNames && waiting.TryDequeue(out var name))
        {
            for (var end = name.Length; end > 0; end = name.LastIndexOf('/', end - 1))
            {
                foreach (var link in _byTarget[name[..end]])
                {
                    var other = link.Name + name[end..];
                    if (names.Add(other))
                    {
                        waiting.Enqueue(other);
                    }
                }
            }
        }

        return names;
    }

    private IEnumerable<string> PathsOf(string name)
    {
        foreach (var route in _data.Routes.Routes)
        {
            if (route.Key is not { } key)
            {
                continue;
            }

            if (!route.IsDirectory && key == name)
            {
                yield return route.Path;
            }
            else if (route.IsDirectory && name.StartsWith(key, StringComparison.Ordinal))
            {
                yield return string.Concat(route.Path, name.AsSpan(key.Length));
            }
        }
    }

    // An earlier row, or a redirect, may stand in the way.
    private bool LeadsTo(string path, string key) =>
        IsReached(path) && _data.Routes.Find(path, out var found) is not null && _links.Resolve(found) == key;

    private bool IsReached(string path) => _data.Redirects.Find(path, "", out _) is null && _data.Routes.Find(path, out _) is { Key: not null };
}
