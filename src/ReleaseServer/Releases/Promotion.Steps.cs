using System.Collections.Concurrent;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <content>The steps that write, in their order.</content>
internal sealed partial class Promotion
{
    /// <summary>Files copied at once.</summary>
    private const int CopiesAtOnce = 8;

    /// <summary>How long what is announced stands at least: a promotion that takes longer announces again.</summary>
    private static readonly TimeSpan AnnouncementTime = TimeSpan.FromHours(1);

    private async Task<PromotionOutcome> PublishAsync(Plan plan, PromotionJournal? known, CancellationToken cancellationToken)
    {
        var journal = known ?? new PromotionJournal(1, Command, site.Clock.GetUtcNow(), site.By, request.Reason, []) { Before = plan.Generation.Generation };
        journal = journal with
        {
            Files = [.. plan.Release.Files.Where(static file => file.Source is not null).Select(static file => new CheckedFile(file.Name, file.Length, file.Source!.EntityTag.ToString(), file.Sha256))],
            Replaced = [.. journal.Replaced.Concat(request.Replace).Distinct()],
            Moved = [.. journal.Moved.Concat(ReleaseSite.Moved(plan.Published.Table, plan.Links)).Distinct()],
        };
        await journal.WriteAsync(site.Bucket, _journalKey, cancellationToken);

        journal = await AnnounceAsync(plan, journal, cancellationToken);
        var copied = await CopyAsync(plan.Release.Files, cancellationToken);
        journal = await CatalogAsync(plan, journal, copied, isRepeated: known is not null, cancellationToken);
        await site.SettleAsync(journal.AnnouncedAt, cancellationToken);
        journal = await ShowAsync(plan, journal, cancellationToken);
        await journal.WriteAsync(site.Bucket, _journalKey, cancellationToken);
        await FinishAsync(journal, plan.Published.Table, cancellationToken);
        return plan.Outcome with { Before = journal.Before, After = journal.Published };
    }

    // Nothing shows of it yet: a version on its way in is in no listing, and links stay.
    private async Task<PromotionJournal> AnnounceAsync(Plan plan, PromotionJournal journal, CancellationToken cancellationToken)
    {
        var (generation, isListed) = (0L, false);
        var published = await site.Publisher.PublishLinksAsync(
            async current =>
            {
                var now = site.Clock.GetUtcNow();
                var before = await site.Publisher.ReadLinksAsync(current, cancellationToken);
                var adopted = await site.Pins.AdoptAsync(request.Channel, before.Document, current.Generation + 1, cancellationToken);
                generation = current.Generation;
                isListed = before.Document.Unlisted.All(version => version.Directory != request.Directory)
                    && await site.Bucket.AnyAsync(request.Directory, cancellationToken);
                var next = LinkOverlap.Announce(before, plan.Links, now, AnnouncementTime) with
                {
                    Documents = [.. before.Document.Documents, .. adopted],
                    Unlisted = isListed
                        ? before.Document.Unlisted
                        :
                        [
                            .. before.Document.Unlisted.Where(version => version.Directory != request.Directory),
                            new UnlistedVersion(request.Directory, UnlistedState.Staged),
                        ],
                };
                return IsAnnounced(before.Document, next, now) ? null : next;
            },
            purge: null,
            cancellationToken);
        journal = journal with
        {
            Announced = published?.Generation ?? generation,
            AnnouncedAt = published is null ? journal.AnnouncedAt : site.Clock.GetUtcNow(),
            IsAddition = isListed,
        };
        await journal.WriteAsync(site.Bucket, _journalKey, cancellationToken);
        return journal;
    }

    private static bool IsAnnounced(LinksDocument before, LinksDocument next, DateTimeOffset now) =>
        before.Documents.Count == next.Documents.Count
        && before.Unlisted.ToHashSet().SetEquals(next.Unlisted)
        && next.Overlap.All(row => before.Overlap.Any(known => known.Link == row.Link && known.Until > now + (AnnouncementTime / 2)));

    private async Task<Dictionary<string, RepresentationMetadata>> CopyAsync(IReadOnlyList<ReleaseFile> files, CancellationToken cancellationToken)
    {
        var there = new ConcurrentDictionary<string, RepresentationMetadata>(StringComparer.Ordinal);
        var (done, total) = (0L, files.Where(static file => !file.IsThere).Sum(static file => file.Length));
        var limits = new ParallelOptions { MaxDegreeOfParallelism = CopiesAtOnce, CancellationToken = cancellationToken };
        var first = files.Where(static file => file is { IsThere: false, Name: not ShasumsFile.FileName }).OrderByDescending(static file => file.Length);
        await Parallel.ForEachAsync(first, limits, async (file, stop) =>
        {
            var key = KeyOf(file.Name);
            var source = file.Source!;
            var attributes = new ObjectAttributes(source.ContentType ?? site.Data.MediaTypes.Of(key.Value), source.Modified, file.Sha256, source.ContentEncoding);
            try
            {
                there[key.Value] = await ObjectCopy.CopyAsync(staging.Bucket, StagedKeyOf(file.Name), source, site.Bucket, key, attributes, stop);
            }
            catch (RepresentationChangedException exception)
            {
                throw new BucketUnavailableException($"{file.Name} has changed in staging since it was checked; run the command again", exception);
            }

            site.Progress?.Report(new PromotionProgress("Copying", Interlocked.Add(ref done, file.Length), total));
        });

        // What names them comes after all that it names.
        foreach (var sums in files.Where(static file => file is { IsThere: false, Name: ShasumsFile.FileName }))
        {
            var key = KeyOf(sums.Name);
            var attributes = new ObjectAttributes(
                sums.Source?.ContentType ?? site.Data.MediaTypes.Of(key.Value), sums.Source?.Modified ?? site.Clock.GetUtcNow(), sums.Sha256);
            await site.Bucket.WriteAsync(key, sums.Content, attributes, WriteCondition.None, cancellationToken);
            if (await OwnDocuments.ReadAsync(site.Bucket, key, cancellationToken) is not { } written || !written.Content.Span.SequenceEqual(sums.Content.Span))
            {
                throw new BucketUnavailableException($"{site.Bucket.Description} was given {key} and has something else");
            }

            there[key.Value] = (await site.Bucket.HeadAsync(key, cancellationToken))!;
        }

        return new Dictionary<string, RepresentationMetadata>(there, StringComparer.Ordinal);
    }

    private async Task<PromotionJournal> CatalogAsync(
        Plan plan, PromotionJournal journal, Dictionary<string, RepresentationMetadata> copied, bool isRepeated, CancellationToken cancellationToken)
    {
        var changed = await site.CatalogAsync(
            plan.Generation, request.Directory, plan.Links, journal.Moved, copied, hides: false, cancellationToken);

        // A run that broke off may have written some and noted none: then all that it can have touched are named.
        var touched = isRepeated && plan.Generation.HasCatalog
            ? changed.Concat(DirectoriesAbove(request.Directory)).Concat(journal.Moved.Select(static name => name[..(name.LastIndexOf('/') + 1)]))
            : changed;
        journal = journal with { Cataloged = [.. journal.Cataloged.Concat(touched).Distinct().Order(StringComparer.Ordinal)] };
        await journal.WriteAsync(site.Bucket, _journalKey, cancellationToken);
        return journal;
    }

    // One conditional write: listings, index and links change for a reader together.
    private async Task<PromotionJournal> ShowAsync(Plan plan, PromotionJournal journal, CancellationToken cancellationToken)
    {
        var more = plan.Release.Files.Where(static file => !file.IsThere).Select(static file => file.Name).Concat(journal.Replaced).Distinct().ToList();
        var purge = ReleaseSite.NodePurge(
            journal.Cataloged,
            !journal.IsAddition && journal.Replaced.Count == 0
                ? [new SurrogateKey(SurrogateKey.Directory, request.Directory)]
                : more.Select(name => new SurrogateKey(SurrogateKey.Key, request.Directory + name)),
            isHard: false);
        var reason = request.Reason is null ? Command : $"{Command}: {request.Reason}";
        var published = await site.Publisher.PublishLinksAsync(
            async current =>
            {
                var before = await site.Publisher.ReadLinksAsync(current, cancellationToken);
                var links = current.Generation == journal.Announced
                    ? plan.Links
                    : await site.PlanLinksAsync(
                        before.Document.Unlisted.Select(static version => version.Directory).Where(directory => directory != request.Directory), [], cancellationToken);
                var next = LinkOverlap.Move(before, links, site.Clock.GetUtcNow(), site.Options.LinkOverlap);
                var pins = await PinAsync(plan, before, current.Generation + 1, cancellationToken);
                return next with
                {
                    Documents = [.. before.Document.Documents.Where(pin => pins.All(fresh => fresh.Key != pin.Key)), .. pins],
                    Unlisted = [.. before.Document.Unlisted.Where(version => version.Directory != request.Directory)],
                    Promoted = request.Directory,
                };
            },
            new PurgeNote(purge, site.By, reason),
            cancellationToken);
        return journal with { Published = published!.Generation, Purge = published.Purges };
    }

    private async Task<IReadOnlyList<PinnedDocument>> PinAsync(Plan plan, PublishedLinks before, long generation, CancellationToken cancellationToken)
    {
        if (!request.Channel.HasIndex)
        {
            return [];
        }

        var (json, tab) = await site.Pins.ReadAsync(request.Channel, before.Overlay, cancellationToken);
        var index = plan.Index is { } planned && planned.IsOn(json, tab)
            ? planned
            : await BuildIndexAsync(before, new VersionSource(site.Bucket, request.Channel.KeyOf(request.Name)), cancellationToken);
        return index!.Build.IsGood
            ? await site.Pins.WriteAsync(request.Channel, generation, index.Build.Json, index.Build.Tab, site.Clock.GetUtcNow(), cancellationToken)
            : throw new BucketUnavailableException($"The index cannot be built: {string.Join("; ", index.Build.Faults)}");
    }

    // Nodes show the version with their next poll; what follows is for those who read otherwise.
    private async Task FinishAsync(PromotionJournal journal, LinkTable before, CancellationToken cancellationToken)
    {
        var (_, published) = await site.ReadAsync(cancellationToken);
        var pins = published.Document.Documents.Where(pin => IsOfChannel(pin.Key)).ToList();
        await site.Pins.WritePlainAsync(pins, cancellationToken);
        var changed = journal.Replaced.Append(ShasumsFile.FileName).Select(name => new SurrogateKey(SurrogateKey.Key, request.Directory + name));
        await site.TellCachesAsync(ReleaseSite.DownstreamPurge(journal.Cataloged, journal.Moved, pins, changed, isHard: false), before, cancellationToken);
        await AuditLog.WriteAsync(
            site.Bucket,
            new AuditLine(journal.Started, journal.By, journal.Command, journal.Reason, journal.Before, journal.Published, journal.Purge, [.. journal.Replaced.Select(static name => $"replaced {name}")]),
            cancellationToken);
        await SiteHistory.PruneAsync(site.Bucket, published.Document, cancellationToken);
        await site.Bucket.DeleteAsync(_journalKey, cancellationToken);
    }

    private bool IsOfChannel(string key) => key.StartsWith(request.Channel.KeyOf(""), StringComparison.Ordinal)
        && !key.AsSpan(request.Channel.KeyOf("").Length).Contains('/');

    private AssetKey KeyOf(string name) =>
        AssetKey.TryCreate(request.Directory + name, out var key) ? key : throw new InvalidOperationException($"'{name}' passed the check and is no key");

    private AssetKey StagedKeyOf(string name) => AssetKey.TryCreate(staging.Prefix + request.Directory + name, out var key)
        ? key
        : throw new InvalidOperationException($"'{name}' passed the check and is no key");

    private static IEnumerable<string> DirectoriesAbove(string directory)
    {
        for (; directory.Length > 0; directory = directory[..(directory.AsSpan(..^1).LastIndexOf('/') + 1)])
        {
            yield return directory;
        }

        yield return "";
    }
}
