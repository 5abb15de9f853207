using ReleaseServer.Admin;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Cdn;
using ReleaseServer.Configuration;
using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>The verb <c>purge</c>: publishes a purge for every node, knocks at those that are known, and tells the CDN.</summary>
internal sealed class PurgeCommand(ServerSettings settings, PurgeRequest request, Caller caller)
{
    private const int MostShown = 20;

    /// <summary>Objects looked for to be shown.</summary>
    private const int MostObjects = 1_000;

    /// <summary>Longest wait for the nodes to have polled, before the CDN is told.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly IWritableBucket _bucket = BucketFactory.CreateForCommand(settings.Bucket, TimeProvider.System);

    /// <summary>Admin addresses beside those of the settings.</summary>
    public IReadOnlyList<string> Nodes { get; init; } = [];

    /// <summary>For the log; null for none.</summary>
    public string? Reason { get; init; }

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (Nodes.FirstOrDefault(static node => !AdminOptionsValidator.IsNode(node)) is not null)
        {
            await caller.Error.WriteLineAsync("--node must be the admin address of a node, such as http://10.0.0.5:8081");
            return ExitCode.Usage;
        }

        var data = SiteDataLoader.Load(settings.Site.Path);
        var publisher = new SitePublisher(_bucket, TimeProvider.System);

        // Everything can be purged also where the published links are broken.
        var links = request.All ? LinkTable.Empty : (await publisher.ReadLinksAsync(cancellationToken)).Table;
        if (PurgeResolver.Resolve(request, data, links, out var faults) is not { } purge)
        {
            foreach (var fault in faults)
            {
                await caller.Error.WriteLineAsync(fault);
            }

            await caller.Error.WriteLineAsync("Nothing was purged.");
            return ExitCode.Usage;
        }

        PrintPurge(purge);
        var paths = new PublicPaths(data, links);
        if (request.DryRun)
        {
            await PrintWhatMatchesAsync(LinkTags.Expand(purge, links), paths, cancellationToken);
            return ExitCode.Success;
        }

        // The addresses of objects first: where they cannot be listed, nothing has happened yet.
        var toCdn = await ForCdnAsync(purge, links, paths, cancellationToken);
        var published = await publisher.PublishPurgeAsync(new PurgeNote(purge, caller.Name, Reason), cancellationToken);
        await caller.Output.WriteLineAsync($"Published as purge {published.Purges}; each node applies it at its next poll, by default within 2 s");
        var areAllThere = await KnockAsync(cancellationToken);
        return toCdn is null || await TellCdnAsync(toCdn, areAllThere, cancellationToken) ? ExitCode.Success : ExitCode.Failed;
    }

    private void PrintPurge(CachePurge purge)
    {
        var verb = request.DryRun ? "Would purge" : "Purging";
        var what = purge.All ? "everything" : Quantity.Of(purge.Tags.Count, "tag");
        caller.Output.WriteLine(purge.IsHard
            ? $"{verb} {what}, hard: what is kept is dropped, and nothing old is answered even if the bucket fails"
            : $"{verb} {what}: what is kept is asked for anew, and answered only if the bucket fails");
        Print([.. purge.Tags.Select(static tag => tag.ToString())], purge.Tags.Count, hasMore: false);
    }

    private async Task PrintWhatMatchesAsync(CachePurge purge, PublicPaths paths, CancellationToken cancellationToken)
    {
        if (!purge.All)
        {
            var objects = await PurgedObjects.FindAsync(_bucket, purge, MostObjects, cancellationToken);
            await caller.Output.WriteLineAsync(objects.Keys.Count == 0 ? "Objects: none" : "Objects");
            Print([.. objects.Keys.Take(MostShown)], objects.Keys.Count, objects.HasMore);
            var answered = purge.Tags
                .Where(static tag => !tag.Value.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal))
                .SelectMany(tag => tag.Kind switch
                {
                    SurrogateKey.Key => paths.Of(tag.Value),
                    SurrogateKey.Directory => paths.OfDirectory(tag.Value),
                    _ => [],
                })
                .Distinct()
                .Order(StringComparer.Ordinal)
                .ToList();
            await caller.Output.WriteLineAsync(answered.Count == 0 ? "Public paths: none" : "Public paths");
            Print(answered, answered.Count, hasMore: false);
        }

        await caller.Output.WriteLineAsync("Nothing was purged (--dry-run)");
    }

    private async Task<CdnPurge?> ForCdnAsync(CachePurge purge, LinkTable links, PublicPaths paths, CancellationToken cancellationToken)
    {
        if (settings.Cdn.Kind == CdnKind.None)
        {
            return null;
        }

        var needsObjects = settings.Cdn.NeedsUrls && !purge.All;
        var objects = needsObjects
            ? (await PurgedObjects.FindAsync(_bucket, LinkTags.Expand(purge, links), CdnPurge.MaxUrls + 1, cancellationToken)).Keys
            : [];
        return CdnPurge.Of(purge, objects, paths, settings.Cdn, Reason);
    }

    /// <returns>Whether every node is known to have applied the purge.</returns>
    private async Task<bool> KnockAsync(CancellationToken cancellationToken)
    {
        var nodes = settings.Admin.Nodes.Concat(Nodes).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        var results = await KnockResult.KnockAsync(nodes, settings.Admin.Token, cancellationToken);
        foreach (var result in results)
        {
            await caller.Output.WriteLineAsync(result.Trouble is null
                ? $"{result.Node} has applied it"
                : $"{result.Node} could not be told ({PrintableText.Of(result.Trouble)}) and applies it at its next poll");
        }

        return results.Count > 0 && results.All(static result => result.Trouble is null);
    }

    private async Task<bool> TellCdnAsync(CdnPurge purge, bool areAllThere, CancellationToken cancellationToken)
    {
        if (!areAllThere)
        {
            // A node that has not applied the purge would at once give the CDN again what the CDN has just dropped.
            var interval = settings.Site.PollInterval * 1.5;
            await Task.Delay(interval < LongestWait ? interval : LongestWait, TimeProvider.System, cancellationToken);
        }

        using var client = new CdnClient(settings.Cdn, TimeProvider.System);
        var result = await client.SendAsync(purge, cancellationToken);
        var kind = SettingValue.Format(settings.Cdn.Kind);
        if (result.Trouble is { } trouble)
        {
            await caller.Error.WriteLineAsync($"The CDN ({kind}) was not told: {trouble}. The nodes are purged; run the command again for the CDN");
            return false;
        }

        await caller.Output.WriteLineAsync($"The CDN ({kind}) was told, in {Quantity.Of(result.Calls, "call")}");
        return true;
    }

    private void Print(IReadOnlyList<string> lines, int count, bool hasMore)
    {
        foreach (var line in lines.Take(MostShown))
        {
            caller.Output.WriteLine("  " + PrintableText.Of(line));
        }

        if (count > MostShown || hasMore)
        {
            caller.Output.WriteLine($"  and {count - MostShown:N0} more{(hasMore ? " at least" : "")}");
        }
    }
}
