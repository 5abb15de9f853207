using ReleaseServer.Buckets;
using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>The verb <c>links</c>: plans the links, shows the change, publishes it.</summary>
internal static class LinksCommand
{
    private const int MaxLeftOutShown = 20;

    /// <param name="settings">Loaded.</param>
    /// <param name="dryRun">Whether to write nothing.</param>
    /// <param name="allowRemoval">Whether more than half of the published links may go.</param>
    /// <param name="caller">Gets the result.</param>
    /// <param name="cancellationToken">Ends the command.</param>
    public static async Task<int> RunAsync(ServerSettings settings, bool dryRun, bool allowRemoval, Caller caller, CancellationToken cancellationToken)
    {
        var data = SiteDataLoader.Load(settings.Site.Path);
        var bucket = BucketFactory.CreateForCommand(settings.Bucket, TimeProvider.System);
        var publisher = new SitePublisher(bucket, TimeProvider.System);
        var work = new Work(new LinkPlan([], []), [], 0);
        var isReplaced = false;
        var published = await publisher.PublishLinksAsync(
            async current =>
            {
                // The links that are published first, the bucket's names after them: no version can slip in between unseen.
                var read = await ReadPublishedAsync(publisher, current, caller, cancellationToken);
                var before = read ?? PublishedLinks.None;
                var unlisted = before.Document.Unlisted.Select(static version => version.Directory).ToList();
                var plan = LinkPlanner.Plan(data.Releases, await ReadInventoryAsync(bucket, unlisted, caller, cancellationToken));
                work = new Work(plan, LinkChange.Between(before.Table, plan.Links), before.Table.Links.Count);
                isReplaced = read is null;
                return dryRun || (work.RemovesMost && !allowRemoval) || (work.Changes.Count == 0 && !isReplaced)
                    ? null
                    : LinkOverlap.Move(before, plan.Links, TimeProvider.System.GetUtcNow(), settings.Site.LinkOverlap);
            },
            purge: null,
            cancellationToken);

        Print(work, caller.Output);
        var links = Quantity.Of(work.Plan.Links.Count, "link");
        if (work.RemovesMost && !allowRemoval && !dryRun)
        {
            await caller.Error.WriteLineAsync(
                $"Refusing to remove {work.Removals} of {Quantity.Of(work.Published, "published link")}. Are the site data ({data.Origin}) and the bucket the right ones? "
                + "If so: --allow-removal");
            return ExitCode.Failed;
        }

        var outcome = published is not null ? $"{work.Changes.Count} changed, published as generation {published.Generation}"
            : work.Changes.Count == 0 && !isReplaced ? "nothing has changed"
            : $"{work.Changes.Count} would change, nothing was written (--dry-run)";
        await caller.Output.WriteLineAsync($"{links}; {outcome}");
        return ExitCode.Success;
    }

    private static async Task<BucketInventory> ReadInventoryAsync(
        IBucket bucket, IReadOnlyCollection<string> unlisted, Caller caller, CancellationToken cancellationToken)
    {
        using var line = new ProgressLine(caller);
        return await BucketInventory.ReadAsync(
            bucket, unlisted, new Progress(count => line.Show($"Reading {bucket.Description}: {Quantity.Of(count, "object")}")), cancellationToken);
    }

    // A broken links document must not keep the command from replacing it; null for one. A broken generation is for a person to look at.
    private static async Task<PublishedLinks?> ReadPublishedAsync(
        SitePublisher publisher, GenerationDocument current, Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            return await publisher.ReadLinksAsync(current, cancellationToken);
        }
        catch (SiteDataException exception)
        {
            await caller.Error.WriteLineAsync("The published links cannot be read, so all of them count as new:");
            await caller.Error.WriteLineAsync(exception.Message);
            return null;
        }
    }

    private static void Print(Work work, TextWriter output)
    {
        foreach (var change in work.Changes)
        {
            output.WriteLine(change);
        }

        foreach (var leftOut in work.Plan.LeftOut.Take(MaxLeftOutShown))
        {
            output.WriteLine($"left out {leftOut}");
        }

        if (work.Plan.LeftOut.Count > MaxLeftOutShown)
        {
            output.WriteLine($"left out {work.Plan.LeftOut.Count - MaxLeftOutShown:N0} more");
        }
    }

    /// <summary>What a run found to do.</summary>
    /// <param name="Published">How many links are published now.</param>
    private sealed record Work(LinkPlan Plan, IReadOnlyList<LinkChange> Changes, int Published)
    {
        public int Removals => Changes.Count(change => change.After is null);

        // As it is with the rules of another site, or the wrong bucket: nearly never what is meant.
        public bool RemovesMost => Removals * 2 > Published;
    }

    // System.Progress posts to the thread pool, where a report may come after the line was cleared.
    private sealed class Progress(Action<int> show) : IProgress<int>
    {
        public void Report(int value) => show(value);
    }
}
