using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>Where to go back to.</summary>
/// <param name="Directory">Before this version's promotion, such as <c>nodejs/release/v26.8.0/</c>; null to go by the generation.</param>
/// <param name="Generation">To what was published then; null to go by the version.</param>
internal sealed record RollbackRequest(string? Directory, long? Generation)
{
    public string? Reason { get; init; }

    public override string ToString() => Directory is { } directory
        ? $"rollback {directory[(directory.AsSpan(..^1).LastIndexOf('/') + 1)..^1]}"
        : FormattableString.Invariant($"rollback --to {Generation}");
}

/// <param name="Faults">Why it was refused; with any, nothing was written.</param>
internal sealed record RollbackOutcome(IReadOnlyList<string> Faults)
{
    public IReadOnlyList<LinkChange> Links { get; init; } = [];

    /// <summary>Versions that are in no listing any more.</summary>
    public IReadOnlyList<string> Hidden { get; init; } = [];

    /// <summary>Versions that are listed again.</summary>
    public IReadOnlyList<string> Shown { get; init; } = [];

    /// <summary>Generation that was gone back to.</summary>
    public long To { get; init; }

    public long Before { get; init; }

    public long After { get; init; }
}

/// <summary>Puts the links, the index and the listings of an earlier publication back in one step. Files stay where they are.</summary>
internal sealed class Rollback(ReleaseSite site, RollbackRequest request)
{
    /// <param name="dryRun">Whether to write nothing.</param>
    /// <exception cref="BucketUnavailableException">The bucket failed; run it again.</exception>
    /// <exception cref="LeaseHeldException">Somebody else is at work.</exception>
    /// <exception cref="SiteDataException">What is or was published cannot be read.</exception>
    public async Task<RollbackOutcome> RunAsync(bool dryRun, CancellationToken cancellationToken)
    {
        if (dryRun)
        {
            return (await PlanAsync((await site.ReadAsync(cancellationToken)).Generation, cancellationToken)).Outcome;
        }

        return await PublisherLease.RunAsync(site.Bucket, site.By, request.ToString(), site.Clock, RunAsync, cancellationToken);
    }

    private async Task<RollbackOutcome> RunAsync(CancellationToken held)
    {
        var started = site.Clock.GetUtcNow();
        var outcome = new RollbackOutcome([]);
        var before = LinkTable.Empty;
        var published = await site.Publisher.PublishLinksAsync(
            async current =>
            {
                (outcome, var next, before) = await PlanAsync(current, held);
                return next is null || outcome.Faults.Count > 0
                    ? null
                    : next with { Documents = await site.Pins.RenewAsync(next.Documents, current.Generation + 1, held) };
            },
            purge: null,
            held);
        if (published is null)
        {
            return outcome;
        }

        await FinishAsync(outcome, before, published, started, held);
        return outcome with { After = published.Generation };
    }

    private async Task FinishAsync(
        RollbackOutcome outcome, LinkTable before, GenerationDocument published, DateTimeOffset started, CancellationToken cancellationToken)
    {
        var document = (await site.Publisher.ReadLinksAsync(published, cancellationToken)).Document;
        await site.Pins.WritePlainAsync(document.Documents, cancellationToken);
        var moved = outcome.Links.Select(static change => change.Name).ToList();
        var listed = outcome.Hidden.Concat(outcome.Shown).Concat(moved)
            .Select(static name => name.TrimEnd('/'))
            .Select(static name => name[..(name.LastIndexOf('/') + 1)])
            .Distinct(StringComparer.Ordinal)
            .ToList();
        await site.TellCachesAsync(ReleaseSite.DownstreamPurge(listed, moved, document.Documents, [], isHard: false), before, cancellationToken);
        string[] detail = [.. outcome.Hidden.Select(static name => $"hidden {name}"), .. outcome.Shown.Select(static name => $"shown {name}")];
        await AuditLog.WriteAsync(
            site.Bucket,
            new AuditLine(started, site.By, request.ToString(), request.Reason, outcome.Before, published.Generation, published.Purges, detail),
            cancellationToken);
        if (request.Directory is { } directory)
        {
            await ForgetJournalAsync(directory, cancellationToken);
        }

        await SiteHistory.PruneAsync(site.Bucket, document, cancellationToken);
    }

    private async Task<(RollbackOutcome Outcome, LinksDocument? Next, LinkTable Before)> PlanAsync(
        GenerationDocument generation, CancellationToken cancellationToken)
    {
        var published = await site.Publisher.ReadLinksAsync(generation, cancellationToken);
        var since = new List<LinksDocument>();
        LinksDocument? target = null;
        await foreach (var document in SiteHistory.ReadAsync(site.Bucket, generation, cancellationToken))
        {
            if (IsTarget(document, since))
            {
                target = document;
                break;
            }

            since.Add(document);
        }

        if (target is null && request.Directory is { } directory
            && published.Document.Unlisted.FirstOrDefault(version => version.Directory == directory) is { State: UnlistedState.Staged } staged)
        {
            // Its promotion broke off before anything was to be seen: it is given up.
            var given = published.Document with
            {
                Unlisted = [.. published.Document.Unlisted.Where(version => version != staged), staged with { State = UnlistedState.Hidden }],
                Overlap = [.. published.Document.Overlap.Where(row => !IsBeneath(row.Link.Target, directory))],
                Promoted = null,
            };
            return (new RollbackOutcome([]) { Hidden = [directory], To = generation.Generation, Before = generation.Generation }, given, published.Table);
        }

        var faults = FaultsOf(target, since, published.Document);
        return target is null || faults.Count > 0
            ? (new RollbackOutcome(faults) { Before = generation.Generation }, null, published.Table)
            : await PlanAsync(generation, published, target, since, cancellationToken);
    }

    // The publication before that which made the version known, or the newest that is no newer than the generation.
    private bool IsTarget(LinksDocument document, List<LinksDocument> since) => request.Generation is { } wanted
        ? document.Generation <= wanted
        : since.Count > 0 && since[^1].Promoted == request.Directory;

    private List<string> FaultsOf(LinksDocument? target, List<LinksDocument> since, LinksDocument current)
    {
        if (target is null)
        {
            var oldest = since.Count > 0 ? FormattableString.Invariant($"; the oldest that is kept is generation {since[^1].Generation}") : "";
            return [request.Directory is { } unknown ? $"{unknown} was not promoted in any publication that is kept{oldest}" : $"there is no publication so old{oldest}"];
        }

        var faults = new List<string>();
        if (request.Directory is not null)
        {
            faults.AddRange(since.SkipLast(1).Select(static document => document.Promoted).OfType<string>().Distinct(StringComparer.Ordinal)
                .Where(later => later != request.Directory)
                .Select(static later => $"{later} was promoted after it: roll that back first, or take this version alone out with withdraw --keep-files"));
        }

        foreach (var gone in current.Unlisted.Where(static version => version.State == UnlistedState.Withdrawn))
        {
            faults.AddRange(target.Links.Where(link => IsBeneath(link.Target, gone.Directory)).Take(1)
                .Select(link => $"{link.Name} led to {link.Target} then, and that was withdrawn since"));
        }

        return faults;
    }

    private async Task<(RollbackOutcome Outcome, LinksDocument? Next, LinkTable Before)> PlanAsync(
        GenerationDocument generation, PublishedLinks published, LinksDocument target, List<LinksDocument> since, CancellationToken cancellationToken)
    {
        var current = published.Document;
        var unlisted = Unlist(current, target, since);
        var next = LinkOverlap.Move(published, target.Links, site.Clock.GetUtcNow(), site.Options.LinkOverlap) with
        {
            Unlisted = unlisted,
            Documents = [.. current.Documents.Select(pin => AtTheTime(pin.Key, target, since) ?? pin)],
        };
        var links = LinkChange.Between(published.Table, target.Links);
        var outcome = new RollbackOutcome(await FindLostAsync(links, target, cancellationToken))
        {
            Links = links,
            Hidden = [.. unlisted.Except(current.Unlisted).Select(static version => version.Directory)],
            Shown = [.. current.Unlisted.Select(static version => version.Directory).Except(unlisted.Select(static version => version.Directory))],
            To = target.Generation,
            Before = generation.Generation,
            After = generation.Generation,
        };
        var isSame = links.Count == 0 && outcome is { Hidden.Count: 0, Shown.Count: 0 } && next.Documents.SequenceEqual(current.Documents);
        return (outcome, isSame ? null : next, published.Table);
    }

    private static List<UnlistedVersion> Unlist(LinksDocument current, LinksDocument target, List<LinksDocument> since)
    {
        // Versions that came in since then: each was staged in a publication before it was shown.
        var states = since.Append(target).SelectMany(static document => document.Unlisted)
            .Where(static version => version.State == UnlistedState.Staged)
            .Select(static version => version.Directory)
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(static directory => directory, static _ => UnlistedState.Hidden, StringComparer.Ordinal);
        foreach (var version in target.Unlisted.Where(static version => version.State != UnlistedState.Staged))
        {
            states[version.Directory] = version.State;
        }

        // On its way in, and gone, a version stays.
        foreach (var version in current.Unlisted.Where(static version => version.State != UnlistedState.Hidden))
        {
            states[version.Directory] = version.State;
        }

        return [.. states.Select(static pair => new UnlistedVersion(pair.Key, pair.Value)).OrderBy(static version => version.Directory, StringComparer.Ordinal)];
    }

    // A publication from before there were such documents went by the plain object, which the first after it has taken a copy of.
    private static PinnedDocument? AtTheTime(string key, LinksDocument target, List<LinksDocument> since) =>
        since.AsEnumerable().Reverse().Prepend(target)
            .Select(document => document.Documents.FirstOrDefault(pin => pin.Key == key))
            .FirstOrDefault(static pin => pin is not null);

    // Where files were deleted by hand since, a link would lead nowhere.
    private async Task<List<string>> FindLostAsync(IReadOnlyList<LinkChange> changes, LinksDocument target, CancellationToken cancellationToken)
    {
        var faults = new List<string>();
        var byName = target.Links.ToDictionary(static link => link.Name, StringComparer.Ordinal);
        foreach (var link in changes.Where(static change => change.After is not null).Select(change => byName[change.Name]))
        {
            var isThere = link.IsDirectory
                ? await site.Bucket.AnyAsync(link.Target + "/", cancellationToken)
                : AssetKey.TryCreate(link.Target, out var key) && await site.Bucket.HeadAsync(key, cancellationToken) is not null;
            if (!isThere)
            {
                faults.Add($"{link.Name} led to {link.Target} then, which is no longer in the bucket");
            }
        }

        return faults;
    }

    private async Task ForgetJournalAsync(string directory, CancellationToken cancellationToken)
    {
        var slash = directory.AsSpan(..^1).LastIndexOf('/');
        if (site.Data.Releases.Channels.FirstOrDefault(channel => channel.KeyOf("") == directory[..(slash + 1)]) is { } channel)
        {
            await site.Bucket.DeleteAsync(PromotionJournal.KeyOf(channel.Name, directory[(slash + 1)..^1]), cancellationToken);
        }
    }

    private static bool IsBeneath(string target, string directory) => (target + "/").StartsWith(directory, StringComparison.Ordinal);
}
