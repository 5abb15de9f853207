using System.CommandLine;
using System.Text.Json;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Releases;
using ReleaseServer.Resilience;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>The verb <c>replicate</c>: brings the replicas in line with the primary, once or for as long as it runs.</summary>
internal sealed class ReplicateCommand(ServerSettings settings, ReplicateOptions options, Caller caller)
{
    public static Command Create(VerbFactory verb, Caller caller)
    {
        var replicas = new Option<int[]>("--replica") { Description = "Only this replica (Bucket:Replicas), counted from 0; again for more", HelpName = "number" };
        var full = new Option<bool>("--full") { Description = "Look at every object, and not only at what the catalog says has changed" };
        var watch = new Option<bool>("--watch") { Description = "Go on until SIGTERM, looking every Bucket:Replication:PollInterval" };
        var metrics = new Option<string?>("--metrics-file") { Description = "With --watch: write lag and counts to this file, for node_exporter", HelpName = "file" };
        var bytes = new Option<long?>("--bytes-per-second") { Description = "Read the primary no faster; then no store copies by itself", HelpName = "bytes" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Print what would be copied and write nothing" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of lines" };
        var command = new Command("replicate", "Copy what the replicas lack, files first and the generation last, so that none shows half a release")
        {
            replicas, full, watch, metrics, bytes, dryRun, json,
        };
        return verb(command, (settings, parsed, token) =>
        {
            var options = new ReplicateOptions
            {
                Replicas = parsed.GetValue(replicas) ?? [],
                Full = parsed.GetValue(full),
                Watch = parsed.GetValue(watch),
                MetricsFile = parsed.GetValue(metrics),
                BytesPerSecond = parsed.GetValue(bytes),
                DryRun = parsed.GetValue(dryRun),
                Json = parsed.GetValue(json),
            };
            return new ReplicateCommand(settings, options, caller).RunAsync(token);
        });
    }

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var replicas = settings.Resilience.Replicas;
        var faults = options.FindFaults(replicas.Count).ToList();
        if (faults.Count > 0)
        {
            return await caller.FailAsync(faults, ExitCode.Usage);
        }

        var rules = SiteDataLoader.Load(settings.Site.Path).Releases;
        IBucket source = BucketFactory.CreateForCommand(settings.Bucket, TimeProvider.System);
        source = options.BytesPerSecond is { } rate
            ? new PacedBucket(source, new Pacer(null, TimeProvider.System), new Pacer(rate, TimeProvider.System))
            : source;
        var targets = replicas.Where((_, i) => options.Replicas.Count == 0 || options.Replicas.Contains(i))
            .Select(static replica => BucketFactory.CreateForCommand(replica, TimeProvider.System)).ToList();
        return options.Watch ? await WatchAsync(source, targets, rules, cancellationToken) : await RunOnceAsync(source, targets, rules, cancellationToken);
    }

    private async Task<int> RunOnceAsync(IBucket source, List<IWritableBucket> targets, ReleaseRules rules, CancellationToken cancellationToken)
    {
        var results = new List<(string Replica, ReplicationReport? Report, string? Trouble)>();
        foreach (var target in targets)
        {
            using var line = new ProgressLine(caller);
            var progress = new ImmediateProgress<ReplicationProgress>(step => line.Show(
                step.Bytes == 0 ? $"{step.Step} {target.Description}" : $"{step.Step} {target.Description}, {step.Bytes:N0} bytes", step.Done, step.Total));
            try
            {
                var request = new ReplicationRequest { Full = options.Full, DryRun = options.DryRun };
                results.Add((target.Description, await new Replicator(source, target, rules).RunAsync(request, progress, cancellationToken), null));
            }
            catch (Exception exception) when (exception is BucketUnavailableException or RepresentationChangedException or ReplicaAheadException or IOException)
            {
                // The next replica may be well.
                results.Add((target.Description, null, exception.Message));
            }

            line.Clear();
            Print(results[^1]);
        }

        if (options.Json)
        {
            JsonReport.Print(caller.Output, json => Write(json, results));
        }

        return results.TrueForAll(static result => result.Trouble is null) ? ExitCode.Success : ExitCode.Failed;
    }

    private async Task<int> WatchAsync(IBucket source, List<IWritableBucket> targets, ReleaseRules rules, CancellationToken cancellationToken)
    {
        var services = new ServiceCollection();
        services.AddSingleton(TimeProvider.System);
        services.AddLogging();
        services.AddAlerting(settings.Alerting, settings.Sentry, settings.Slack, ServerSettings.SecretsOf(settings));
        await using var provider = services.BuildServiceProvider();
        var dispatcher = provider.GetRequiredService<AlertDispatcher>();
        await dispatcher.StartAsync(cancellationToken);
        using var metrics = new ReplicationMetrics();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await caller.Output.WriteLineAsync($"Following {source.Description}");
            var work = targets.Select(target => new ReplicaFollower(
                source,
                target,
                rules,
                new ReplicationRequest(),
                settings.Resilience.Replication,
                metrics,
                provider.GetRequiredService<IAlerts>(),
                TimeProvider.System,
                caller.Output.WriteLine).RunAsync(stopping.Token));
            if (options.MetricsFile is { } file)
            {
                work = work.Append(WriteMetricsAsync(metrics, Path.GetFullPath(file, caller.WorkingDirectory), stopping.Token));
            }

            // None of them ends by itself: the first that does has failed for good.
            await await Task.WhenAny(work.ToList());
            return ExitCode.Failed;
        }
        finally
        {
            await stopping.CancelAsync();
            await dispatcher.StopAsync(CancellationToken.None);
        }
    }

    private async Task WriteMetricsAsync(ReplicationMetrics metrics, string file, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(settings.Resilience.Replication.PollInterval, TimeProvider.System);
        do
        {
            // node_exporter may read at any moment.
            var scratch = file + ".new";
            await File.WriteAllTextAsync(scratch, metrics.Write(), cancellationToken);
            File.Move(scratch, file, overwrite: true);
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private void Print((string Replica, ReplicationReport? Report, string? Trouble) result)
    {
        var (replica, report, trouble) = result;
        if (options.Json)
        {
            return;
        }

        if (report is null)
        {
            caller.Error.WriteLine($"{replica}: {trouble}");
            return;
        }

        foreach (var name in options.DryRun ? report.Names : [])
        {
            caller.Output.WriteLine($"+ {name}");
        }

        if (options.DryRun && report.Copied > report.Names.Count)
        {
            caller.Output.WriteLine($"and {report.Copied - report.Names.Count:N0} more");
        }

        var extra = report.Extra == 0 ? "" : $"; {Quantity.Of(report.Extra, "object")} more than the primary, which stay";
        caller.Output.WriteLine(report.IsCurrent ? $"{replica}: generation {report.After}, nothing to do"
            : options.DryRun ? $"{replica}: {Quantity.Of(report.Copied, "object")} at most would be copied and {Quantity.Of(report.Documents, "catalog document")} written, nothing was (--dry-run){extra}"
            : $"{replica}: generation {report.Before} -> {report.After}, {Quantity.Of(report.Copied, "object")} of {report.Bytes:N0} bytes copied, "
                + $"{Quantity.Of(report.Documents, "document")} written, {report.Deleted:N0} deleted{extra}");
    }

    private static void Write(Utf8JsonWriter json, List<(string Replica, ReplicationReport? Report, string? Trouble)> results)
    {
        json.WriteStartArray("replicas");
        foreach (var (replica, report, trouble) in results)
        {
            json.WriteStartObject();
            json.WriteString("replica", replica);
            if (report is null)
            {
                json.WriteString("trouble", trouble);
            }
            else
            {
                json.WriteNumber("before", report.Before);
                json.WriteNumber("after", report.After);
                json.WriteBoolean("current", report.IsCurrent);
                json.WriteNumber("copied", report.Copied);
                json.WriteNumber("bytes", report.Bytes);
                json.WriteNumber("documents", report.Documents);
                json.WriteNumber("deleted", report.Deleted);
                json.WriteNumber("extra", report.Extra);
                json.WriteTexts("names", report.Names);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
