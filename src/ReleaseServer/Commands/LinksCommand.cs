using ReleaseServer.Buckets;
using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>The verb <c>links</c>: plans the links, shows the change, publishes it.</summary>
internal static class LinksCommand
{
    public static async Task<int> RunAsync(ServerSettings settings, bool dryRun, CancellationToken cancellationToken)
    {
        var data = SiteDataLoader.Load(settings.Site.Path);
        var bucket = BucketFactory.Create(settings.Bucket, TimeProvider.System);
        using var progress = new ProgressLine(Console.Error);
        var inventory = await BucketInventory.ReadAsync(bucket, new Progress(count => progress.Show($"Reading {bucket.Description}: {count:N0} objects")), cancellationToken);
        progress.Clear();

        var plan = LinkPlanner.Plan(data.Releases, inventory);
        var publisher = new SitePublisher(bucket, TimeProvider.System);
        var changes = LinkChange.Between(await publisher.ReadLinksAsync(cancellationToken), plan.Links);
        Print(plan, changes);
        if (changes.Count == 0)
        {
            Console.WriteLine($"{plan.Links.Count} links; nothing has changed");
        }
        else if (dryRun)
        {
            Console.WriteLine($"{plan.Links.Count} links; {changes.Count} would change, nothing was written (--dry-run)");
        }
        else
        {
            var published = await publisher.PublishLinksAsync(plan.Links, cancellationToken);
            Console.WriteLine($"{plan.Links.Count} links; {changes.Count} changed, published as generation {published.Generation}");
        }

        return ExitCode.Success;
    }

    private static void Print(LinkPlan plan, IReadOnlyList<LinkChange> changes)
    {
        foreach (var change in changes)
        {
            Console.WriteLine(change);
        }

        foreach (var leftOut in plan.LeftOut)
        {
            Console.WriteLine($"left out {leftOut}");
        }
    }

    // System.Progress posts to the thread pool, where a report may come after the line was cleared.
    private sealed class Progress(Action<int> show) : IProgress<int>
    {
        public void Report(int value) => show(value);
    }
}
