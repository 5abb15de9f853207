using ReleaseServer.Buckets;
using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>The verb <c>check</c>: settings and site data are good if it comes this far; prints them, and asks the bucket.</summary>
internal static class CheckCommand
{
    public static async Task<int> RunAsync(ServerSettings settings, bool offline, CancellationToken cancellationToken)
    {
        var data = SiteDataLoader.Load(settings.Site.Path);
        Console.WriteLine("Settings");
        PrintTable(ServerSettings.Describe(settings).Select(pair => (pair.Setting, pair.Value.Length == 0 ? "(not set)" : pair.Value)));
        Console.WriteLine($"Routes ({data.Origin})");
        PrintTable(data.Routes.Routes.Select(route => (route.Path, DescribeRoute(route))));
        PrintTable(data.Routes.SuffixFields.Select(suffix => ($"*{suffix.Suffix}", DescribeFields(suffix.Fields).TrimStart())));
        Console.WriteLine("Redirects");
        PrintTable(data.Redirects.Redirects.Select(redirect => (redirect.From, $"{redirect.Status} {redirect.To}")));
        Console.WriteLine("Releases");
        PrintTable(data.Releases.Channels.Select(channel => (channel.Directory + "/" + channel.Versions, $"{channel.Lines.Count} lines, {channel.Links.Count} link rules")));
        Console.WriteLine("Media types");
        PrintTable([($"{data.MediaTypes.Count} extensions", $"others {data.MediaTypes.Default}")]);
        if (!offline)
        {
            await AskBucketAsync(settings, cancellationToken);
        }

        return ExitCode.Success;
    }

    private static async Task AskBucketAsync(ServerSettings settings, CancellationToken cancellationToken)
    {
        var bucket = BucketFactory.Create(settings.Bucket, TimeProvider.System);
        Console.WriteLine("Bucket");
        if (await new PublishedSite(bucket).ReadGenerationAsync(cancellationToken) is not { } read)
        {
            var isEmpty = !await bucket.AnyAsync("", cancellationToken);
            PrintTable([(bucket.Description, isEmpty ? "answers; is empty" : "answers; no links are published: run links and catalog")]);
            return;
        }

        var links = await new SitePublisher(bucket, TimeProvider.System).ReadLinksAsync(cancellationToken);
        var catalog = read.Document.HasCatalog ? "with a catalog" : "no catalog: run catalog";
        PrintTable([(bucket.Description, $"answers; generation {read.Document.Generation}, {links.Links.Count} links, {catalog}")]);
    }

    private static string DescribeRoute(AssetRoute route)
    {
        var target = route.Key is null ? $"status {route.Status}" : $"-> {(route.Key.Length == 0 ? "(the whole bucket)" : route.Key)}";
        var listing = route is { IsDirectory: true, Listing: false } ? ", not listed" : "";
        return target + listing + DescribeFields(route.Fields);
    }

    private static string DescribeFields(IEnumerable<ExtraField> fields) => string.Concat(fields.Select(field => $" [{field.Name}: {field.Value}]"));

    private static void PrintTable(IEnumerable<(string Name, string Value)> rows)
    {
        var all = rows.ToList();
        var width = all.Count == 0 ? 0 : all.Max(row => row.Name.Length);
        foreach (var (name, value) in all)
        {
            Console.WriteLine($"  {name.PadRight(width)}  {value}");
        }
    }
}
