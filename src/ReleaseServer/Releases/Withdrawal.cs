using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <param name="Channel">Whose version.</param>
/// <param name="Name">The version's directory, such as <c>v26.8.0</c>.</param>
/// <param name="KeepsFiles">Whether its files stay, and are answered to who has their addresses.</param>
internal sealed record WithdrawalRequest(ReleaseChannel Channel, string Name, bool KeepsFiles)
{
    public string? Reason { get; init; }

    /// <summary>The version's directory, with a slash at its end.</summary>
    public string Directory => Channel.KeyOf(Name) + "/";

    public override string ToString() => $"withdraw {Name}{(KeepsFiles ? " --keep-files" : "")}";
}

/// <param name="Faults">Why it was refused; with any, nothing was written.</param>
internal sealed record WithdrawalOutcome(IReadOnlyList<string> Faults)
{
    public IReadOnlyList<LinkChange> Links { get; init; } = [];

    public IReadOnlyList<string> Index { get; init; } = [];

    /// <summary>Files that the version has; deleted unless they are kept.</summary>
    public int Files { get; init; }

    public long Before { get; init; }

    public long After { get; init; }
}

/// <summary>Takes one version out: of the index, of links and listings, and its files with it unless they are to stay.</summary>
internal sealed class Withdrawal(ReleaseSite site, WithdrawalRequest request)
{
    private const int DeletionsAtOnce = 16;

    /// <param name="dryRun">Whether to write nothing.</param>
    /// <exception cref="BucketUnavailableException">The bucket failed; run it again, it goes on.</exception>
    /// <exception cref="LeaseHeldException">Somebody else is at work.</exception>
    /// <exception cref="SiteDataException">What is published cannot be read.</exception>
    public async Task<WithdrawalOutcome> RunAsync(bool dryRun, CancellationToken cancellationToken)
    {
        if (dryRun)
        {
            return (await PlanAsync((await site.ReadAsync(cancellationToken)).Generation, cancellationToken)).Outcome;
        }

        return await PublisherLease.RunAsync(site.Bucket, site.By, request.ToString(), site.Clock, RunAsync, cancellationToken);
    }

    private async Task<WithdrawalOutcome> RunAsync(CancellationToken held)
    {
        var started = site.Clock.GetUtcNow();
        var (generation, published) = await site.ReadAsync(held);
        var outcome = new WithdrawalOutcome([]);
        var moved = await site.Publisher.PublishLinksAsync(
            async current =>
            {
                published = await site.Publisher.ReadLinksAsync(current, held);
                (outcome, var next) = await PlanAsync(current, held);
                return next;
            },
            HardPurge([]),
            held);
        if (outcome.Faults.Count > 0)
        {
            return outcome;
        }

        generation = moved ?? generation;
        var document = (await site.Publisher.ReadLinksAsync(generation, held)).Document;
        await site.Pins.WritePlainAsync(document.Documents, held);
        await site.SettleAsync(site.Clock.GetUtcNow(), held);
        if (!request.KeepsFiles)
        {
            // Every node says 404 by now, so that nobody can see them go one by one.
            await DeleteFilesAsync(held);
            var cataloged = await site.CatalogAsync(
                generation, request.Directory, document.Links, [.. outcome.Links.Select(static change => change.Name)], new Dictionary<string, RepresentationMetadata>(), hides: true, held);
            generation = await site.Publisher.PublishPurgeAsync(HardPurge(cataloged), held);
        }

        await TellAsync(outcome, document, published.Table, held);
        await AuditLog.WriteAsync(
            site.Bucket,
            new AuditLine(started, site.By, request.ToString(), request.Reason, outcome.Before, generation.Generation, generation.Purges),
            held);
        await SiteHistory.PruneAsync(site.Bucket, document, held);
        await site.Bucket.DeleteAsync(PromotionJournal.KeyOf(request.Channel.Name, request.Name), held);
        return outcome with { After = generation.Generation };
    }

    private PurgeNote HardPurge(IReadOnlyList<string> cataloged) => new(
        ReleaseSite.NodePurge(cataloged, [new SurrogateKey(SurrogateKey.Directory, request.Directory)], isHard: true),
        site.By,
        request.Reason is null ? request.ToString() : $"{request}: {request.Reason}");

    private async Task<(WithdrawalOutcome Outcome, LinksDocument? Next)> PlanAsync(GenerationDocument generation, CancellationToken cancellationToken)
    {
        var published = await site.Publisher.ReadLinksAsync(generation, cancellationToken);
        var document = published.Document;
        var files = await CountFilesAsync(cancellationToken);
        var known = document.Unlisted.FirstOrDefault(version => version.Directory == request.Directory);
        if (files == 0 && known is null)
        {
            return (new WithdrawalOutcome([$"{site.Bucket.Description} holds nothing beneath {request.Directory}"]), null);
        }

        var state = request.KeepsFiles && known?.State != UnlistedState.Withdrawn ? UnlistedState.Hidden : UnlistedState.Withdrawn;
        UnlistedVersion[] unlisted = [.. document.Unlisted.Where(version => version != known), new UnlistedVersion(request.Directory, state)];
        var links = await site.PlanLinksAsync(unlisted.Select(static version => version.Directory), [], cancellationToken);
        var build = await BuildIndexAsync(published, unlisted, cancellationToken);
        var outcome = new WithdrawalOutcome(build?.Faults ?? [])
        {
            Links = LinkChange.Between(published.Table, links),
            Index = [.. build?.Changes.Select(static change => change.ToString()) ?? []],
            Files = files,
            Before = generation.Generation,
            After = generation.Generation,
        };
        var isDone = known?.State == state && outcome is { Links.Count: 0, Index.Count: 0 };
        if (outcome.Faults.Count > 0 || isDone)
        {
            return (outcome, null);
        }

        var next = LinkOverlap.Move(published, links, site.Clock.GetUtcNow(), site.Options.LinkOverlap);
        IReadOnlyList<PinnedDocument> pins = build is null
            ? []
            : await site.Pins.WriteAsync(request.Channel, generation.Generation + 1, build.Json, build.Tab, site.Clock.GetUtcNow(), cancellationToken);
        return (outcome, next with
        {
            Unlisted = unlisted,
            Documents = [.. document.Documents.Where(pin => pins.All(fresh => fresh.Key != pin.Key)), .. pins],

            // What is gone must not come back by what a link meant before.
            Overlap = state == UnlistedState.Hidden
                ? next.Overlap
                : [.. next.Overlap.Where(row => !(row.Link.Target + "/").StartsWith(request.Directory, StringComparison.Ordinal))],
        });
    }

    private async Task<IndexBuild?> BuildIndexAsync(PublishedLinks published, UnlistedVersion[] unlisted, CancellationToken cancellationToken)
    {
        if (!request.Channel.HasIndex)
        {
            return null;
        }

        var (json, tab) = await site.Pins.ReadAsync(request.Channel, published.Overlay, cancellationToken);
        var channel = request.Channel.KeyOf("");
        return await new IndexBuilder(site.Bucket).BuildAsync(
            new IndexRequest(request.Channel)
            {
                Json = json,
                Tab = tab,
                Links = published.Table,
                Withdrawn = unlisted
                    .Where(version => version.Directory.StartsWith(channel, StringComparison.Ordinal))
                    .Select(version => version.Directory[channel.Length..^1])
                    .ToHashSet(StringComparer.Ordinal),
            },
            progress: null,
            cancellationToken);
    }

    private async Task<int> CountFilesAsync(CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var entry in site.Bucket.ListAsync(request.Directory, ListDepth.All, cancellationToken))
        {
            count += entry.Name.EndsWith('/') ? 0 : 1;
        }

        return count;
    }

    private async Task DeleteFilesAsync(CancellationToken cancellationToken)
    {
        var keys = new List<AssetKey>();
        await foreach (var entry in site.Bucket.ListAsync(request.Directory, ListDepth.All, cancellationToken))
        {
            if (AssetKey.TryCreate(entry.Name, out var key))
            {
                keys.Add(key);
            }
        }

        var limits = new ParallelOptions { MaxDegreeOfParallelism = DeletionsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(keys, limits, async (key, stop) => await site.Bucket.DeleteAsync(key, stop));
    }

    private Task TellAsync(WithdrawalOutcome outcome, LinksDocument document, LinkTable before, CancellationToken cancellationToken)
    {
        var moved = outcome.Links.Select(static change => change.Name).ToList();
        var listed = moved.Append(request.Directory[..^1]).Select(static name => name[..(name.LastIndexOf('/') + 1)]).Distinct(StringComparer.Ordinal).ToList();
        return site.TellCachesAsync(
            ReleaseSite.DownstreamPurge(listed, moved, document.Documents, [new SurrogateKey(SurrogateKey.Directory, request.Directory)], isHard: true),
            before,
            cancellationToken);
    }
}
