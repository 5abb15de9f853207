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

    private readonly IWritableBucket _bucket = BucketFactory.CreateForCommand(settings.Bucket, TimeProvider.System);

    /// <summary>Admin addresses beside those of the settings.</summary>
    public IReadOnlyList<string> Nodes { get; init; } = [];

    /// <summary>For the log; null for none.</summary>
    public string? Reason { get; init; }

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (Nodes.FirstOrDefault(static node => !AdminOptionsValidator.IsNode(node)) is not null)
        {
            return await caller.FailAsync(["--node must be the admin address of a node, such as http://10.0.0.5:8081"], ExitCode.Usage);
        }

        var data = SiteDataLoader.Load(settings.Site.Path);
        var publisher = new SitePublisher(_bucket, TimeProvider.System);

        // Everything can be purged also where the published links are broken.
        var links = request.All ? LinkTable.Empty : (await publisher.ReadLinksAsync(cancellationToken)).Table;
        if (PurgeResolver.Resolve(request, data, links, out var faults) is not { } purge)
        {
            return await caller.FailAsync([.. faults, "Nothing was purged."], ExitCode.Usage);
        }

        PrintPurge(purge);
        var paths = new PublicPaths(data, links);
        if (request.DryRun)
        {
            await PrintWhatMatchesAsync(LinkTags.Expand(purge, links), paths, cancellationToken);
            return ExitCode.Success;
        }

        // The addresses of objects first: where they cannot be listed, nothing has happened yet.
        var delivery = new PurgeDelivery(settings, _bucket, caller.Output, Nodes);
        var toCdn = await delivery.PrepareAsync(purge, links, paths, Reason, cancellationToken);
        var published = await publisher.PublishPurgeAsync(new PurgeNote(purge, caller.Name, Reason), cancellationToken);
        await caller.Output.WriteLineAsync($"Published as purge {published.Purges}; each node applies it at its next poll, by default within 2 s");
        await AuditAsync(published, purge, cancellationToken);
        var areAllThere = await delivery.KnockAsync(isQuiet: false, cancellationToken);
        return toCdn is null || await TellCdnAsync(delivery, toCdn, areAllThere, cancellationToken) ? ExitCode.Success : ExitCode.Failed;
    }

    private async Task AuditAsync(GenerationDocument published, CachePurge purge, CancellationToken cancellationToken)
    {
        string[] tags = purge.All ? ["all"] : [.. purge.Tags.Take(MostShown).Select(static tag => tag.ToString())];
        var command = purge.IsHard ? "purge --hard" : "purge";
        await AuditLog.WriteAsync(
            _bucket,
            new AuditLine(TimeProvider.System.GetUtcNow(), caller.Name, command, Reason, published.Generation, published.Generation, published.Purges, tags),
            cancellationToken);
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

    private async Task<bool> TellCdnAsync(PurgeDelivery delivery, CdnPurge purge, bool areAllThere, CancellationToken cancellationToken)
    {
        if (await delivery.TellAsync(purge, areAllThere, cancellationToken) is not { } trouble)
        {
            return true;
        }

        await caller.Error.WriteLineAsync($"{trouble}. The nodes are purged; run the command again for the CDN");
        return false;
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
