using ReleaseServer.Buckets;
using ReleaseServer.Listings;
using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>The verb <c>catalog</c>: writes the listing documents, or reports where they differ from the bucket.</summary>
internal static class CatalogCommand
{
    /// <exception cref="LeaseHeldException">Another command is at work: what it has written or is about to write could be lost.</exception>
    public static Task<int> RunAsync(ServerSettings settings, CatalogWriteOptions options, Caller caller, CancellationToken cancellationToken)
    {
        var bucket = BucketFactory.CreateForCommand(settings.Bucket, TimeProvider.System);
        return options.CheckOnly
            ? RunAsync(bucket, options, caller, cancellationToken)
            : PublisherLease.RunAsync(bucket, caller.Name, "catalog", TimeProvider.System, held => RunAsync(bucket, options, caller, held), cancellationToken);
    }

    private static async Task<int> RunAsync(IWritableBucket bucket, CatalogWriteOptions options, Caller caller, CancellationToken cancellationToken)
    {
        var publisher = new SitePublisher(bucket, TimeProvider.System);
        var links = (await publisher.ReadLinksAsync(cancellationToken)).Table;
        using var line = new ProgressLine(caller);
        var report = await CatalogWriter.WriteAsync(bucket, links, options, new Progress(line), cancellationToken);
        line.Clear();
        Print(report, options.CheckOnly, caller.Output);
        if (options.CheckOnly)
        {
            return report.DriftCount == 0 ? ExitCode.Success : ExitCode.Failed;
        }

        var purge = CatalogPurge.Of(report.Changed) is { } changed ? new PurgeNote(changed, caller.Name, "catalog") : null;
        var published = await publisher.PublishCatalogAsync(changed: purge is not null, purge, cancellationToken);
        await caller.Output.WriteLineAsync(published is null
            ? "Nothing has changed"
            : $"Directories are listed from the catalog, published as generation {published.Generation}");
        return ExitCode.Success;
    }

    private static void Print(CatalogReport report, bool checkOnly, TextWriter output)
    {
        if (checkOnly)
        {
            foreach (var drift in report.Drift)
            {
                output.WriteLine($"{Describe(drift.Kind)} {(drift.Directory.Length == 0 ? "(root)" : drift.Directory)}");
            }

            PrintRest(report.DriftCount - report.Drift.Count, output);
        }

        foreach (var directory in report.LeftOut)
        {
            output.WriteLine($"left out {directory}: the key of its document would be too long; it is listed from the bucket");
        }

        PrintRest(report.LeftOutCount - report.LeftOut.Count, output);
        output.WriteLine($"{Quantity.Of(report.Objects, "object")} in {Directories(report.Directories)}; {Quantity.Of(report.Heads, "date")} asked for");
        output.WriteLine(checkOnly
            ? $"{Directories(report.DriftCount)} {(report.DriftCount == 1 ? "differs" : "differ")} from the catalog"
            : $"{Quantity.Of(report.Written, "document")} written, {report.Deleted:N0} deleted");
    }

    private static string Directories(long count) => Quantity.Of(count, "directory", "directories");

    private static void PrintRest(int rest, TextWriter output)
    {
        if (rest > 0)
        {
            output.WriteLine($"and {rest:N0} more");
        }
    }

    private static string Describe(CatalogDriftKind kind) => kind switch
    {
        CatalogDriftKind.Missing => "missing ",
        CatalogDriftKind.Outdated => "outdated",
        _ => "leftover",
    };

    private sealed class Progress(ProgressLine line) : IProgress<CatalogProgress>
    {
        public void Report(CatalogProgress value)
        {
            var step = value.Step switch
            {
                CatalogStep.Listing => "Listing the bucket",
                CatalogStep.ReadingDocuments => "Reading the catalog",
                CatalogStep.ReadingDates => "Asking for dates",
                _ => "Writing the catalog",
            };
            if (value.Total is { } total)
            {
                line.Show(step, value.Done, total);
            }
            else
            {
                line.Show($"{step}: {Quantity.Of(value.Done, "object")}");
            }
        }
    }
}
