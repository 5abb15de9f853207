using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Configuration;
using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>The verb <c>check</c>: settings and site data are good if it comes this far; prints them, and asks the bucket.</summary>
internal static class CheckCommand
{
    public static async Task<int> RunAsync(ServerSettings settings, bool offline, Caller caller, CancellationToken cancellationToken)
    {
        var data = SiteDataLoader.Load(settings.Site.Path);
        var output = caller.Output;
        Print(output, "Settings", ServerSettings.Describe(settings).Select(pair => (pair.Setting, pair.Value.Length == 0 ? "(not set)" : pair.Value)));
        Print(output, $"Routes ({data.Origin})", DescribeRoutes(data.Routes));
        Print(output, "Redirects", data.Redirects.Redirects.Select(redirect => (redirect.From, $"{redirect.Status} {redirect.To}")));
        Print(output, "Releases", data.Releases.Channels.Select(channel => (channel.KeyOf(channel.Versions), $"{Quantity.Of(channel.Lines.Count, "line")}, {Quantity.Of(channel.Links.Count, "link rule")}")));
        Print(output, $"Freshness (catalog {(data.Freshness.IsCatalogAuthoritative ? "authoritative" : "advisory")})", DescribeFreshness(data.Freshness));
        Print(output, "Freshness classes", data.Freshness.Classes.Select(row => (row.Name, DescribeClass(row))));
        Print(output, "Media types", [(Quantity.Of(data.MediaTypes.Count, "extension"), $"others {data.MediaTypes.Default}")]);
        if (!offline)
        {
            await PrintBucketAsync(settings, output, cancellationToken);
        }

        return ExitCode.Success;
    }

    private static async Task PrintBucketAsync(ServerSettings settings, TextWriter output, CancellationToken cancellationToken)
    {
        var bucket = BucketFactory.CreateForCommand(settings.Bucket, TimeProvider.System);
        try
        {
            Print(output, "Bucket", [(bucket.Description, await AskBucketAsync(bucket, cancellationToken))]);
        }
        catch (Exception exception) when (exception is BucketUnavailableException or SiteDataException)
        {
            // The report is whole with it; on standard error it is told as every command tells it, with its exit code.
            Print(output, "Bucket", [(bucket.Description, exception.Message.ReplaceLineEndings("; "))]);
            throw;
        }
    }

    private static async Task<string> AskBucketAsync(IWritableBucket bucket, CancellationToken cancellationToken)
    {
        if (await new PublishedSite(bucket).ReadGenerationAsync(cancellationToken) is not { } read)
        {
            var isEmpty = !await bucket.AnyAsync("", cancellationToken);
            return isEmpty ? "answers; is empty" : "answers; no links are published: run links and catalog";
        }

        var links = (await new SitePublisher(bucket, TimeProvider.System).ReadLinksAsync(cancellationToken)).Table;
        var catalog = read.Document.HasCatalog ? "with a catalog" : "no catalog: run catalog";
        return $"answers; generation {read.Document.Generation}, {Quantity.Of(links.Links.Count, "link")}, {catalog}";
    }

    private static IEnumerable<(string Path, string Text)> DescribeRoutes(RouteTable routes) =>
    [
        .. routes.Routes.Select(route => (route.Path, DescribeRoute(route))),
        .. routes.SuffixFields.Select(suffix => ("*" + suffix.Suffix, DescribeFields(suffix.Fields).TrimStart())),
    ];

    private static string DescribeRoute(AssetRoute route)
    {
        var target = route.Key is null ? $"status {route.Status}" : $"-> {(route.Key.Length == 0 ? "(the whole bucket)" : route.Key)}";
        var listing = route is { IsDirectory: true, Listing: false } ? ", not listed" : "";
        return target + listing + DescribeFields(route.Fields);
    }

    private static string DescribeFields(IEnumerable<ExtraField> fields) => string.Concat(fields.Select(field => $" [{field.Name}: {field.Value}]"));

    private static IEnumerable<(string Keys, string Class)> DescribeFreshness(FreshnessRules freshness) =>
    [
        .. freshness.Objects.Select(row => (row.Keys.Text, row.Class.Name)),
        ("(other objects)", freshness.Default.Name),
        ("(listings)", freshness.Listings.Name),
        ("(absence)", freshness.Absence.Name),
    ];

    private static string DescribeClass(FreshnessClass row) =>
        $"fresh {Duration.Format(row.Lifetime)}, then stale {Duration.Format(row.StaleWhileRevalidate)}, on failure {Duration.Format(row.StaleIfError)}"
        + (row.IsImmutable ? ", immutable" : "")
        + (row.MustBeJson ? ", must be JSON" : "");

    private static void Print(TextWriter output, string title, IEnumerable<(string Name, string Value)> rows)
    {
        var all = rows.ToList();
        output.WriteLine(all.Count == 0 ? $"{title}: none" : title);
        var width = all.Count == 0 ? 0 : all.Max(row => row.Name.Length);
        foreach (var (name, value) in all)
        {
            output.WriteLine($"  {name.PadRight(width)}  {value}");
        }
    }
}
