using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>What a promotion found and did.</summary>
/// <param name="Faults">Why it was refused, one line each; with any, nothing was written.</param>
internal sealed record PromotionOutcome(IReadOnlyList<string> Faults)
{
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Files of the version, and how many of them production did not have.</summary>
    public int Files { get; init; }

    public int Copied { get; init; }

    /// <summary>Bytes of what was copied.</summary>
    public long Bytes { get; init; }

    public IReadOnlyList<LinkChange> Links { get; init; } = [];

    public IReadOnlyList<string> Index { get; init; } = [];

    /// <summary>Generation before and after; the same where nothing was to be done.</summary>
    public long Before { get; init; }

    public long After { get; init; }

    /// <summary>Whether an earlier run had begun it.</summary>
    public bool IsResumed { get; init; }

    /// <summary>Whether what is missing would mend it.</summary>
    public bool IsOnlyIncomplete { get; init; }
}

/// <summary>Brings one version from staging to production so that no reader sees a part of it (docs/release-process.md).</summary>
/// <remarks>
/// <para>
/// Two publications: the first lists the version as staged, so that nothing shows of it, and announces where links will lead, so that a node that
/// lags answers what a client has heard of at a node that does not. The second shows the version, with its index and links, at once.
/// </para>
/// <para>
/// Each step is verified and may be repeated. A run that broke off leaves a journal, by which the next run of the same promotion goes on.
/// </para>
/// </remarks>
internal sealed partial class Promotion(ReleaseSite site, StagingArea staging, PromotionRequest request)
{
    private readonly AssetKey _journalKey = PromotionJournal.KeyOf(request.Channel.Name, request.Name);

    private string Command => $"promote {request.Name}";

    /// <param name="dryRun">Whether to check alone.</param>
    /// <exception cref="BucketUnavailableException">A bucket failed; the same promotion goes on when it is run again.</exception>
    /// <exception cref="LeaseHeldException">Somebody else is at work.</exception>
    /// <exception cref="SiteDataException">What is published cannot be read.</exception>
    public async Task<PromotionOutcome> RunAsync(bool dryRun, CancellationToken cancellationToken)
    {
        if (!dryRun)
        {
            await PublisherLease.PeekAsync(site.Bucket, site.By, site.Clock, cancellationToken);
        }

        var journal = await PromotionJournal.ReadAsync(site.Bucket, _journalKey, cancellationToken);
        if (!dryRun && journal is not null && await FindPublishedAsync(journal, cancellationToken) is { } published)
        {
            return await HoldingAsync(
                async held =>
                {
                    await FinishAsync(published, LinkTable.Empty, held);
                    return new PromotionOutcome([]) { Before = published.Before, After = published.Published, Files = published.Files.Count, IsResumed = true };
                },
                cancellationToken);
        }

        var plan = await PlanAsync(journal, cancellationToken);
        return plan.Outcome.Faults.Count > 0 || dryRun || plan.IsDone
            ? plan.Outcome
            : await HoldingAsync(held => PublishAsync(plan, journal, held), cancellationToken);
    }

    private Task<PromotionOutcome> HoldingAsync(Func<CancellationToken, Task<PromotionOutcome>> work, CancellationToken cancellationToken) =>
        PublisherLease.RunAsync(site.Bucket, site.By, Command, site.Clock, work, cancellationToken);

    // Also where it was killed between the publication and its note: the links in force are those of this promotion already.
    private async Task<PromotionJournal?> FindPublishedAsync(PromotionJournal journal, CancellationToken cancellationToken)
    {
        if (journal.Published > 0)
        {
            return journal;
        }

        var (generation, published) = await site.ReadAsync(cancellationToken);
        return journal.Announced > 0 && published.Document.Promoted == request.Directory && published.Document.Generation > journal.Announced
            ? journal with { Published = published.Document.Generation, Purge = generation.Purges }
            : null;
    }

    private async Task<Plan> PlanAsync(PromotionJournal? journal, CancellationToken cancellationToken)
    {
        var (generation, published) = await site.ReadAsync(cancellationToken);
        var unlisted = published.Document.Unlisted;
        var release = await new ReleaseCheck(staging, site.Bucket, request).RunAsync(
            journal, [.. unlisted.Select(static version => version.Directory)], site.Progress, cancellationToken);
        var faults = release.Faults.ToList();
        if (unlisted.Any(version => version.Directory == request.Directory && version.State == UnlistedState.Withdrawn))
        {
            faults.Add($"{request.Name} was withdrawn, and its name is not used again");
        }

        var outcome = new PromotionOutcome(faults)
        {
            Notes = release.Notes,
            Files = release.Files.Count,
            Copied = release.Files.Count(static file => !file.IsThere),
            Bytes = release.Files.Where(static file => !file.IsThere).Sum(static file => file.Length),
            Before = generation.Generation,
            After = generation.Generation,
            IsResumed = journal is not null,
            IsOnlyIncomplete = release.IsOnlyIncomplete && faults.Count == release.Faults.Count,
        };
        if (release.Files.Count == 0)
        {
            return new Plan(outcome, release, generation, published, [], null);
        }

        var links = await site.PlanLinksAsync(
            unlisted.Select(static version => version.Directory).Where(directory => directory != request.Directory),
            release.Files.Select(file => request.Directory + file.Name),
            cancellationToken);
        var changes = LinkChange.Between(published.Table, links);
        if (changes.Count(static change => change.After is null) * 2 > published.Table.Links.Count)
        {
            faults.Add($"more than half of the {published.Table.Links.Count} published links would go: are the site data and the bucket the right ones?");
        }

        var index = await BuildIndexAsync(published, new VersionSource(staging.Bucket, $"{staging.Prefix}{request.Channel.KeyOf(request.Name)}"), cancellationToken);

        // A list of checksums that is made here is not in staging: then the index can only be built once it is in production.
        var isBuilt = release.Files[^1].Source is not null;
        outcome = outcome with
        {
            Faults = isBuilt && index is not null ? [.. faults, .. index.Build.Faults] : faults,
            Index = isBuilt && index is not null ? [.. index.Build.Changes.Select(static change => change.ToString())] : [],
            Links = changes,
        };
        return new Plan(outcome, release, generation, published, links, isBuilt ? index : null)
        {
            IsDone = faults.Count == 0
                && journal is null
                && outcome is { Copied: 0, Links.Count: 0 }
                && unlisted.All(version => version.Directory != request.Directory)
                && isBuilt && (index is null || index.IsSame),
        };
    }

    private async Task<BuiltIndex?> BuildIndexAsync(PublishedLinks published, VersionSource source, CancellationToken cancellationToken)
    {
        if (!request.Channel.HasIndex)
        {
            return null;
        }

        var (json, tab) = await site.Pins.ReadAsync(request.Channel, published.Overlay, cancellationToken);
        var channel = request.Channel.KeyOf("");
        var build = await new IndexBuilder(site.Bucket).BuildAsync(
            new IndexRequest(request.Channel)
            {
                Json = json,
                Tab = tab,
                Links = published.Table,
                Sources = new Dictionary<string, VersionSource> { [request.Name] = source },
                Withdrawn = published.Document.Unlisted
                    .Where(version => version.Directory != request.Directory && version.Directory.StartsWith(channel, StringComparison.Ordinal))
                    .Select(version => version.Directory[channel.Length..^1])
                    .ToHashSet(StringComparer.Ordinal),
                Given = request.Security is { } security
                    ? new Dictionary<string, VersionFacts> { [request.Name] = new() { Security = security } }
                    : new Dictionary<string, VersionFacts>(),
            },
            progress: null,
            cancellationToken);
        return new BuiltIndex(build, json, tab);
    }

    /// <param name="Json">The index that it was built on; null where there was none.</param>
    /// <param name="Tab">As above.</param>
    private sealed record BuiltIndex(IndexBuild Build, ReadOnlyMemory<byte>? Json, ReadOnlyMemory<byte>? Tab)
    {
        public bool IsSame => IsOn(Build.Json, Build.Tab);

        public bool IsOn(ReadOnlyMemory<byte>? json, ReadOnlyMemory<byte>? tab) => IsSameAs(Json, json) && IsSameAs(Tab, tab);

        private static bool IsSameAs(ReadOnlyMemory<byte>? one, ReadOnlyMemory<byte>? other) =>
            one.HasValue == other.HasValue && one.GetValueOrDefault().Span.SequenceEqual(other.GetValueOrDefault().Span);
    }

    /// <param name="Links">All links that are to be.</param>
    /// <param name="Index">Null where the channel has none, or it cannot be built yet.</param>
    private sealed record Plan(
        PromotionOutcome Outcome,
        CheckedRelease Release,
        GenerationDocument Generation,
        PublishedLinks Published,
        IReadOnlyList<Link> Links,
        BuiltIndex? Index)
    {
        /// <summary>Whether all of it is published already.</summary>
        public bool IsDone { get; init; }
    }
}
