using ReleaseServer.Admin;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Configuration;
using ReleaseServer.Downloads;
using ReleaseServer.Listings;
using ReleaseServer.Releases;
using ReleaseServer.Site;
using ReleaseServer.Transport;

namespace ReleaseServer.Commands;

/// <summary>
/// The verb <c>statistics</c>: fetches what the nodes have counted, keeps it in the bucket by node and day, and makes tables and a page of all of it.
/// Each node's table of a day replaces the one before, so it may run as often as one likes, and where it did not run the next run makes up for it.
/// </summary>
internal sealed class StatisticsCommand(ServerSettings settings, IReadOnlyList<string> moreNodes, Caller caller, TimeProvider clock)
{
    private const string NodesFolder = "downloads/";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly IWritableBucket _bucket = BucketFactory.CreateForCommand(settings.Bucket, clock);
    private readonly string _prefix = settings.Downloads.Prefix;
    private int _written;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (moreNodes.FirstOrDefault(static node => !AdminOptionsValidator.IsNode(node)) is not null)
        {
            await caller.Error.WriteLineAsync("--node must be the admin address of a node, such as http://10.0.0.5:8081");
            return ExitCode.Usage;
        }

        var nodes = settings.Admin.Nodes.Concat(moreNodes).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        if (nodes.Count == 0)
        {
            await caller.Error.WriteLineAsync("There is no node to ask: set Admin:Nodes, or give --node");
            return ExitCode.Usage;
        }

        var known = await ListAsync(AssetKey.ReservedPrefix + NodesFolder, cancellationToken);
        var touched = new SortedSet<string>(StringComparer.Ordinal);
        var failed = 0;
        using var http = new HttpClient(new OutboundHandler()) { Timeout = Patience };
        foreach (var node in nodes)
        {
            try
            {
                await FetchAsync(http, new Uri(node), known, touched, cancellationToken);
            }
            catch (Exception exception) when (exception is HttpRequestException or FormatException or System.Text.Json.JsonException
                || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested))
            {
                failed++;
                await caller.Error.WriteLineAsync($"{node} was not counted: {PrintableText.Of(exception.Message)}. What it has counted is not lost; run the command again");
            }
        }

        var summary = await SummarizeAsync(touched, cancellationToken);
        await WriteAsync("total.csv", summary.WriteDays(), "text/csv", cancellationToken);
        foreach (var table in DownloadSummary.Names)
        {
            await WriteAsync($"{table}.csv", summary.WriteTable(table), "text/csv", cancellationToken);
        }

        if (await WriteAsync("downloads.json", summary.WriteJson(), "application/json", cancellationToken))
        {
            // Not else: the page tells its own time, and would change each time.
            await WriteAsync("index.html", DownloadPage.Write(summary, clock.GetUtcNow()), "text/html", cancellationToken);
        }

        await caller.Output.WriteLineAsync($"{Quantity.Of(nodes.Count - failed, "node")} asked, {Quantity.Of(touched.Count, "day")} changed, {Quantity.Of(_written, "file")} written to {_prefix}");
        if (_written > 0)
        {
            await PublishAsync(cancellationToken);
        }

        return failed == 0 ? ExitCode.Success : ExitCode.Failed;
    }

    private async Task FetchAsync(HttpClient http, Uri node, IReadOnlyDictionary<string, BucketEntry> known, SortedSet<string> touched, CancellationToken cancellationToken)
    {
        var told = await http.GetFromJsonAsync(new Uri(node, "/downloads"), AdminJson.Readable.DownloadsDescription, cancellationToken)
            ?? throw new FormatException("it told nothing");
        var yesterday = DownloadJournal.NameOf(DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime).AddDays(-1));
        foreach (var day in told.Days)
        {
            var name = $"{NodesFolder}{told.Node}/{day}.csv";
            if (DownloadJournal.DayOf(day) is null || !AssetKey.TryCreateOwn(name, out var key))
            {
                throw new FormatException($"'{PrintableText.Of(name)}' is no name of counts");
            }

            // A day that is over does not change any more, once it has been fetched after its end.
            if (string.CompareOrdinal(day, yesterday) < 0 && known.ContainsKey(key.Value))
            {
                continue;
            }

            var table = await http.GetByteArrayAsync(new Uri(node, $"/downloads?day={day}"), cancellationToken);
            DownloadTable.Read(table);
            if (await ReplaceAsync(key, table, "text/csv", cancellationToken))
            {
                touched.Add(day);
            }
        }
    }

    private async Task<DownloadSummary> SummarizeAsync(SortedSet<string> touched, CancellationToken cancellationToken)
    {
        var byNode = (await ListAsync(AssetKey.ReservedPrefix + NodesFolder, cancellationToken)).Keys.ToLookup(DayIn);
        var summary = new DownloadSummary();
        foreach (var day in byNode.Select(static day => day.Key).Where(static day => DownloadJournal.DayOf(day) is not null).Order(StringComparer.Ordinal))
        {
            var merged = $"days/{day}.csv";
            if (!touched.Contains(day) && await ReadAsync(KeyOf(merged), cancellationToken) is { } before)
            {
                summary.Add(day, DownloadTable.Read(before));
                continue;
            }

            var rows = new List<DownloadRow>();
            foreach (var name in byNode[day])
            {
                var key = AssetKey.Own(name[AssetKey.ReservedPrefix.Length..]);
                rows.AddRange(DownloadTable.Read(await ReadAsync(key, cancellationToken) ?? []));
            }

            var all = DownloadTable.Merge(rows);
            await WriteAsync(merged, DownloadTable.Write(all), "text/csv", cancellationToken);
            summary.Add(day, all);
        }

        return summary;
    }

    // So that the nodes show them, and directories list them.
    private async Task PublishAsync(CancellationToken cancellationToken)
    {
        var publisher = new SitePublisher(_bucket, clock);
        var purge = new CachePurge([new SurrogateKey(SurrogateKey.Directory, _prefix)], All: false, IsHard: false);
        await publisher.PublishPurgeAsync(new PurgeNote(purge, caller.Name, "statistics"), cancellationToken);
        if ((await new PublishedSite(_bucket).ReadGenerationAsync(cancellationToken))?.Document.HasCatalog == true)
        {
            await CatalogCommand.RunAsync(settings, new CatalogWriteOptions(), caller, cancellationToken);
        }
    }

    private static string DayIn(string key) => key[(key.LastIndexOf('/') + 1)..].Replace(".csv", "", StringComparison.Ordinal);

    private AssetKey KeyOf(string name) =>
        AssetKey.TryCreate(_prefix + name, out var key) ? key : throw new InvalidOperationException($"'{_prefix}' passed validation but is no prefix of keys");

    private async Task<bool> WriteAsync(string name, byte[] content, string type, CancellationToken cancellationToken)
    {
        var isChanged = await ReplaceAsync(KeyOf(name), content, type, cancellationToken);
        _written += isChanged ? 1 : 0;
        return isChanged;
    }

    /// <returns>False where it was there as it is.</returns>
    private async Task<bool> ReplaceAsync(AssetKey key, byte[] content, string type, CancellationToken cancellationToken)
    {
        if (await ReadAsync(key, cancellationToken) is { } there && content.AsSpan().SequenceEqual(there))
        {
            return false;
        }

        await _bucket.WriteAsync(key, content, new ObjectAttributes(type), WriteCondition.None, cancellationToken);
        return true;
    }

    private async Task<byte[]?> ReadAsync(AssetKey key, CancellationToken cancellationToken)
    {
        await using var opened = await _bucket.OpenAsync(key, range: null, expected: null, cancellationToken);
        if (opened is null)
        {
            return null;
        }

        using var content = new MemoryStream();
        await opened.Body.CopyToAsync(content, cancellationToken);
        return content.ToArray();
    }

    private async Task<IReadOnlyDictionary<string, BucketEntry>> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, BucketEntry>(StringComparer.Ordinal);
        await foreach (var entry in _bucket.ListAsync(prefix, ListDepth.All, cancellationToken))
        {
            found[entry.Name] = entry;
        }

        return found;
    }
}
