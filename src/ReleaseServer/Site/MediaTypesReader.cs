namespace ReleaseServer.Site;

/// <summary>Reads <c>media-types.json</c>.</summary>
internal static class MediaTypesReader
{
    public static MediaTypes Read(JsonRow file)
    {
        var byExtension = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (file.Map("types") is { } types)
        {
            foreach (var type in types.Names())
            {
                CheckType(types, type);
                foreach (var extension in types.Texts(type))
                {
                    if (!byExtension.TryAdd(extension, type))
                    {
                        types.Fault($"extension {extension} has two types, {byExtension[extension]} and {type}");
                    }
                }
            }
        }

        var fallback = file.Text("default");
        if (fallback is not null)
        {
            CheckType(file, fallback);
        }

        var compressible = file.Texts("compressible");
        file.RefuseUnread();
        return new MediaTypes(fallback ?? "", byExtension, compressible);
    }

    private static void CheckType(JsonRow row, string type)
    {
        if (type.Split('/') is not [{ Length: > 0 }, { Length: > 0 }] || type.Any(c => c is <= ' ' or > '~'))
        {
            row.Fault($"'{type}' is not a media type, such as text/plain");
        }
    }
}
