using ReleaseServer.Buckets;
using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>The verb <c>links</c>: plans the links, shows the change, publishes it.</summary>
internal static class LinksCommand
{
    private const int MaxLeftOutShown = 20;

    public static async Task<int> RunAsync(ServerSettings settings, bool dryRun, Caller caller, CancellationToken cancellationToken)
    {
        var data = SiteDataLoader.Load(settings.Site.Path);
        var bucket = BucketFactory.Create(settings.Bucket, TimeProvider.System);
        using var progress = new ProgressLine(caller);
        var inventory = await BucketInventory.ReadAsync(bucket, new Progress(count => progress.Show($"Reading {bucket.Description}: {count:N0} objects")), cancellationToken);
        progress.Clear();

        var plan = LinkPlanner.Plan(data.Releases, inventory);
        var publisher = new SitePublisher(bucket, TimeProvider.System);
        var published = await ReadPublishedAsync(publisher, caller, cancellationToken);
        var changes = LinkChange.Between(published ?? LinkTable.Empty, plan.Links);
        Print(plan, changes, caller.Output);
        var (links, changed) = (Count(plan.Links.Count, "link"), changes.Count);
        if (changed == 0 && published is not null)
        {
            await caller.Output.WriteLineAsync($"{links}; nothing has changed");
        }
        else if (dryRun)
        {
            await caller.Output.WriteLineAsync($"{links}; {changed} would change, nothing was written (--dry-run)");
        }
        else
        {
            var generation = (await publisher.PublishLinksAsync(plan.Links, cancellationToken)).Generation;
            await caller.Output.WriteLineAsync($"{links}; {changed} changed, published as generation {generation}");
        }

        return ExitCode.Success;
    }

    // A broken links document must not keep the command from replacing it; null for one. A broken generation is for a person to look at.
    private static async Task<LinkTable?> ReadPublishedAsync(SitePublisher publisher, Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            return await publisher.ReadLinksAsync(cancellationToken);
        }
        catch (SiteDataException exception)
        {
            await caller.Error.WriteLineAsync("The published links cannot be read, so all of them count as new:");
            await caller.Error.WriteLineAsync(exception.Message);
            return null;
        }
    }

    private static void Print(LinkPlan plan, IReadOnlyList<LinkChange> changes, TextWriter output)
    {
        foreach (var change in changes)
        {
            output.WriteLine(change);
        }

        foreach (var leftOut in plan.LeftOut.Take(MaxLeftOutShown))
        {
            output.WriteLine($"left out {leftOut}");
        }

        if (plan.LeftOut.Count > MaxLeftOutShown)
        {
            output.WriteLine($"left out {plan.LeftOut.Count - MaxLeftOutShown:N0} more");
        }
    }

    private static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count:N0} {noun}s";

    // System.Progress posts to the thread pool, where a report may come after the line was cleared.
    private sealed class Progress(Action<int> show) : IProgress<int>
    {
        public void Report(int value) => show(value);
    }
}
