using System.Globalization;
using System.Text;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Configuration;
using ReleaseServer.Http;
using ReleaseServer.Listings;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>Turns what an operator names into tags, by the routes and links in force. All faults come out at once, and one of them is enough for no purge.</summary>
internal sealed class PurgeResolver
{
    private readonly SiteData _data;
    private readonly LinkTable _links;
    private readonly List<string> _faults = [];
    private readonly HashSet<SurrogateKey> _known = [];
    private readonly List<SurrogateKey> _tags = [];

    private PurgeResolver(SiteData data, LinkTable links)
    {
        (_data, _links) = (data, links);
    }

    /// <param name="faults">One line each; empty if and only if the answer is not null.</param>
    /// <returns>
    /// The purge. Its links stand beside what they lead to now, so that it means the same to a node that reads it after they have moved.
    /// </returns>
    public static CachePurge? Resolve(PurgeRequest request, SiteData data, LinkTable links, out IReadOnlyList<string> faults)
    {
        var resolver = new PurgeResolver(data, links);
        faults = resolver._faults;
        return resolver.Resolve(request);
    }

    private CachePurge? Resolve(PurgeRequest request)
    {
        foreach (var path in request.Paths)
        {
            AddPath(path);
        }

        foreach (var key in request.Keys)
        {
            AddKey(key);
        }

        foreach (var tag in request.Tags)
        {
            AddTag(tag);
        }

        if (_tags.Count == 0 && _faults.Count == 0 && !request.All)
        {
            _faults.Add("Nothing is named: give a path, a key, a tag, or all");
        }

        if (_tags.Count > PurgeLog.MaxTags && !request.All)
        {
            _faults.Add($"{_tags.Count} tags are named, at most {PurgeLog.MaxTags} can be: name directories, or all");
        }

        return _faults.Count == 0 ? new CachePurge(request.All ? [] : _tags, request.All, request.IsHard) : null;
    }

    private void AddPath(string text)
    {
        if (RequestTarget.Parse(Encoded(text), out var path, out _) != RequestTargetOutcome.Path || path == "*")
        {
            Refuse("path", text, "must be a path as in a request, such as /dist/v22.1.0/");
            return;
        }

        if (_data.Redirects.Find(path, "", out var location) is not null)
        {
            Refuse("path", text, $"is moved to {location}; name where it leads");
            return;
        }

        if (_data.Routes.Find(path, out var key) is not { } route)
        {
            Refuse("path", text, "is on no route (the command check prints them)");
        }
        else if (route.Key is null)
        {
            Refuse("path", text, $"is always answered {route.Status}; nothing of it is kept");
        }
        else
        {
            // A route's own directory, and a link to one, may be written without the slash.
            var isDirectory = route.IsDirectory && (path.EndsWith('/') || path.Length < route.Path.Length);
            Add("path", text, key, isDirectory || (_links.TryGet(key, out var link) && link.IsDirectory));
        }
    }

    private void AddKey(string text)
    {
        // No key begins with a slash; and who means everything has a word for it.
        if (text == "/")
        {
            Refuse("key", text, "names no key that an object can have");
            return;
        }

        Add("key", text, text, text.EndsWith('/'));
    }

    private void AddTag(string text)
    {
        if (!SurrogateKey.TryParse(text, out var tag))
        {
            Refuse("tag", text, "must be key:K, dir:D/, release:V, link:L or class:C");
        }
        else if (tag.Kind == SurrogateKey.Directory && tag.Value.Length > 0 && !tag.Value.EndsWith('/'))
        {
            Refuse("tag", text, "must end in a slash, as directories do");
        }
        else if (tag.Kind == SurrogateKey.Link && !_links.TryGet(tag.Value, out _))
        {
            Refuse("tag", text, "names no link that is published");
        }
        else
        {
            Add(tag);
        }
    }

    private void Add(string kind, string text, string key, bool isDirectory)
    {
        var name = key.TrimEnd('/');
        if (name.Length == 0 ? !isDirectory : !IsKey(name))
        {
            Refuse(kind, text, "names no key that an object can have");
            return;
        }

        var resolved = _links.Resolve(name);
        if (!isDirectory)
        {
            Add(new SurrogateKey(SurrogateKey.Key, resolved));
            return;
        }

        var directory = resolved.Length == 0 ? "" : resolved + "/";
        Add(new SurrogateKey(SurrogateKey.Directory, directory));
        AddLinks(name, directory);
        if (!directory.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal))
        {
            Add(new SurrogateKey(SurrogateKey.Directory, CatalogKeys.DirectoryOf(directory)));
        }
    }

    // The server's own documents can be named by key; a path never leads to one.
    private static bool IsKey(string name) => AssetKey.TryCreate(name, out _)
        || (name.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal) && AssetKey.TryCreateOwn(name[AssetKey.ReservedPrefix.Length..], out _));

    // Links that lie in the directory, under the name it was asked for or its own, belong to it as they do in its listing; those that lead
    // into it are other names of the same files.
    private void AddLinks(string name, string directory)
    {
        foreach (var link in _links.Links)
        {
            var target = _links.Resolve(link.Target) + "/";
            if (link.Name == name
                || link.Name.StartsWith(directory, StringComparison.Ordinal)
                || target.StartsWith(directory, StringComparison.Ordinal))
            {
                Add(new SurrogateKey(SurrogateKey.Link, link.Name));
            }
        }
    }

    private void Add(SurrogateKey tag)
    {
        if (!_known.Add(tag))
        {
            return;
        }

        _tags.Add(tag);
        if (tag.Kind == SurrogateKey.Link && LinkTags.TargetOf(tag.Value, _links) is { } target && !IsCovered(target))
        {
            Add(target);
        }
    }

    // A shell or a query has often decoded it once already; what no request line could hold can only be meant as it is.
    private static string Encoded(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return text;
        }

        var encoded = new StringBuilder(text.Length * 2);
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            _ = value is >= (byte)'!' and <= (byte)'~' ? encoded.Append((char)value) : encoded.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
        }

        return encoded.ToString();
    }

    // Hundreds of links lead into a directory of releases: what is named with the directory need not be named again.
    private bool IsCovered(SurrogateKey target) => _tags.Any(tag =>
        tag.Kind == SurrogateKey.Directory && target.Value.StartsWith(tag.Value, StringComparison.Ordinal));

    private void Refuse(string kind, string text, string reason) => _faults.Add($"{kind} {SettingFault.Quote(text)} {reason}");
}
