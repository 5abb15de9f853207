namespace ReleaseServer.Site;

/// <summary>Loads site data from a directory, or the embedded data of Node.js.</summary>
internal static class SiteDataLoader
{
    public const string RoutesFile = "routes.json";
    public const string RedirectsFile = "redirects.json";
    public const string MediaTypesFile = "media-types.json";
    public const string ReleasesFile = "releases.json";
    public const string FreshnessFile = "freshness.json";

    private static readonly string[] KnownFiles = [RoutesFile, RedirectsFile, MediaTypesFile, ReleasesFile, FreshnessFile];

    /// <param name="directory">
    /// Holds <c>routes.json</c>; may hold <c>redirects.json</c> (else none), <c>media-types.json</c> (else the embedded table),
    /// <c>releases.json</c> (else no links) and <c>freshness.json</c> (else <see cref="FreshnessRules.Neutral"/>), and no other JSON file, for
    /// its name would be a slip. Null for the embedded data.
    /// </param>
    /// <exception cref="SiteDataException">Names every fault with file and row.</exception>
    public static SiteData Load(string? directory)
    {
        var faults = new List<SiteFault>();
        AddUnknownFiles(directory, faults);
        var routes = Row(directory, RoutesFile, faults, required: true) is { } routesRow ? RouteReader.Read(routesRow) : null;
        var redirects = Row(directory, RedirectsFile, faults) is { } redirectsRow ? RedirectReader.Read(redirectsRow) : new RedirectTable([]);
        var mediaTypesDirectory = directory is not null && File.Exists(Path.Combine(directory, MediaTypesFile)) ? directory : null;
        var mediaTypes = Row(mediaTypesDirectory, MediaTypesFile, faults) is { } typesRow ? MediaTypesReader.Read(typesRow) : null;
        var releases = Row(directory, ReleasesFile, faults) is { } releasesRow ? ReleaseRulesReader.Read(releasesRow) : ReleaseRules.None;
        var freshness = Row(directory, FreshnessFile, faults) is { } freshnessRow ? FreshnessReader.Read(freshnessRow) : FreshnessRules.Neutral;
        if (faults.Count > 0 || routes is null || mediaTypes is null)
        {
            throw new SiteDataException(faults);
        }

        return new SiteData(directory ?? "embedded", routes, redirects, mediaTypes, releases, freshness);
    }

    private static void AddUnknownFiles(string? directory, List<SiteFault> faults)
    {
        // A directory that is not there is told of by the files in it.
        if (directory is null || !Directory.Exists(directory))
        {
            return;
        }

        try
        {
            var names = Directory.EnumerateFiles(directory, "*.json").Select(path => Path.GetFileName(path)).Except(KnownFiles);
            faults.AddRange(names.Order(StringComparer.Ordinal).Select(name =>
                new SiteFault(name, "", $"is not known in {directory}; known are {string.Join(", ", KnownFiles)}")));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            faults.Add(new SiteFault(directory, "", $"cannot be listed: {exception.Message}"));
        }
    }

    private static JsonRow? Row(string? directory, string file, List<SiteFault> faults, bool required = false)
    {
        if (directory is null)
        {
            return JsonRow.ParseFile(file, Embedded(file), faults);
        }

        var path = Path.Combine(directory, file);
        try
        {
            return JsonRow.ParseFile(file, File.ReadAllBytes(path), faults);
        }
        catch (FileNotFoundException)
        {
            if (required)
            {
                faults.Add(new SiteFault(file, "", $"is missing in {directory}; it is the one file that must be there (docs/site-data.md)"));
            }

            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            faults.Add(new SiteFault(file, "", $"cannot be read from {directory}: {exception.Message}"));
            return null;
        }
    }

    private static byte[] Embedded(string file)
    {
        using var stream = typeof(SiteDataLoader).Assembly.GetManifestResourceStream("Site/" + file)
            ?? throw new InvalidOperationException($"{file} is not embedded");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
