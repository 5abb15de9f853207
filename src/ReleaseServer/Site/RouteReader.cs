using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Site;

/// <summary>Reads <c>routes.json</c>.</summary>
internal static class RouteReader
{
    public static RouteTable Read(JsonRow file)
    {
        var routes = new List<AssetRoute>();
        foreach (var row in file.Rows("routes"))
        {
            if (ReadRoute(row) is { } route)
            {
                RefuseUnreachable(row, route, routes);
                routes.Add(route);
            }
        }

        if (routes.Count == 0)
        {
            file.Fault("routes must hold at least one row");
        }

        var suffixes = new List<SuffixFields>();
        foreach (var row in file.Rows("suffixFields"))
        {
            if (row.Text("suffix") is { } suffix)
            {
                suffixes.Add(new SuffixFields(suffix, ReadFields(row)));
            }

            row.RefuseUnread();
        }

        file.RefuseUnread();
        return new RouteTable(routes, suffixes);
    }

    private static AssetRoute? ReadRoute(JsonRow row)
    {
        var path = row.Text("path");
        var key = row.Has("key") ? row.TextOrEmpty("key") : null;
        var status = row.Number("status", 200, 599) ?? 0;
        var route = path is null ? null : new AssetRoute
        {
            Path = path,
            Key = key,
            Status = status,
            Health = row.Flag("health", false),
            Listing = row.Flag("listing", true),
            CacheControl = row.OptionalText("cacheControl") ?? CacheControl.Success,
            Fields = ReadFields(row),
        };
        row.RefuseUnread();
        if (route is null)
        {
            return null;
        }

        if (!route.Path.StartsWith('/') || route.Path.Contains("//", StringComparison.Ordinal))
        {
            row.Fault($"path must begin with one slash, is '{path}'");
        }

        if (row.Has("key") == row.Has("status"))
        {
            row.Fault("must have either a key or a status");
        }

        if (route.Health && row.Has("key"))
        {
            row.Fault("health is for a row with a status");
        }

        if (key is not null && route.IsDirectory && key.Length > 0 && (!key.EndsWith('/') || key.StartsWith('/')))
        {
            row.Fault($"key must be empty or end in a slash, as path does, and not begin with one; is '{key}'");
        }

        if (key is not null && !route.IsDirectory && (key.Length == 0 || key.EndsWith('/') || key.StartsWith('/')))
        {
            row.Fault($"key must name one object, as path names one file; is '{key}'");
        }

        // Dot segments, and what is beneath the server's own prefix: such a row would answer 404 to everything.
        if (key is { Length: > 0 } && !AssetKey.TryCreate(key.EndsWith('/') ? key[..^1] : key, out _) && !key.StartsWith('/'))
        {
            row.Fault($"key must lead to something that is served, is '{key}'");
        }

        if (!IsFieldValue(route.CacheControl))
        {
            row.Fault("cacheControl must be printable ASCII");
        }

        return route;
    }

    // The first row that matches wins, so a row beneath an earlier one would be dead data.
    private static void RefuseUnreachable(JsonRow row, AssetRoute route, List<AssetRoute> earlier)
    {
        foreach (var other in earlier)
        {
            if (other.Path == route.Path || (other.IsDirectory && route.Path.StartsWith(other.Path, StringComparison.Ordinal)))
            {
                row.Fault($"{route.Path} is never reached: {other.Path} stands before it");
            }
        }
    }

    private static List<ExtraField> ReadFields(JsonRow row)
    {
        var fields = new List<ExtraField>();
        if (row.Map("fields") is { } map)
        {
            foreach (var name in map.Names())
            {
                if (map.Text(name) is { } value)
                {
                    RefuseBadField(map, name, value);
                    fields.Add(new ExtraField(name, value));
                }
            }
        }

        return fields;
    }

    private static bool IsFieldValue(string value) => value.All(c => c is >= ' ' and <= '~');

    private static void RefuseBadField(JsonRow row, string name, string value)
    {
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') || !IsFieldValue(value))
        {
            row.Fault($"{name} is not a header field: letters, digits and dashes, and a value in printable ASCII");
        }
    }
}
