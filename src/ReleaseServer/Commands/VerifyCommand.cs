using System.CommandLine;
using System.Text.Json;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Configuration;
using ReleaseServer.Releases;
using ReleaseServer.Resilience;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>The verb <c>verify</c>: looks whether a bucket, or a node's cache, is as it should be; tells people and alerts of what is not.</summary>
internal sealed class VerifyCommand(ServerSettings settings, VerifyOptions options, Caller caller)
{
    private const int MostShown = 100;

    public static Command Create(VerbFactory verb, Caller caller)
    {
        var only = new Option<string[]>("--only") { Description = "Only this: checksums, catalog, index or links; again for more", HelpName = "area" };
        var cache = new Option<bool>("--cache") { Description = "Verify the cache of this node (Cache:Path) against the bucket" };
        var replica = new Option<int?>("--replica") { Description = "Verify a replica (Bucket:Replicas), counted from 0, instead of the primary", HelpName = "number" };
        var under = new Option<string?>("--under") { Description = "Only checksums of what lies beneath this directory", HelpName = "key/" };
        var quick = new Option<bool>("--quick") { Description = "Look for files by name, and read no bytes of them" };
        var bytes = new Option<long?>("--bytes-per-second") { Description = "Read no faster", HelpName = "bytes" };
        var requests = new Option<int?>("--requests-per-second") { Description = "Ask no more often", HelpName = "requests" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Tell nobody but you: no alert; nothing is ever written" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of lines" };
        var command = new Command("verify", "Read the bucket, or a node's cache, and say what does not agree with checksums, catalog, index and links")
        {
            only, cache, replica, under, quick, bytes, requests, dryRun, json,
        };
        return verb(command, (settings, parsed, token) =>
        {
            var options = new VerifyOptions
            {
                Only = parsed.GetValue(only) ?? [],
                Cache = parsed.GetValue(cache),
                Replica = parsed.GetValue(replica),
                Under = parsed.GetValue(under),
                Quick = parsed.GetValue(quick),
                BytesPerSecond = parsed.GetValue(bytes),
                RequestsPerSecond = parsed.GetValue(requests),
                IsDryRun = parsed.GetValue(dryRun),
                Json = parsed.GetValue(json),
            };
            return new VerifyCommand(settings, options, caller).RunAsync(token);
        });
    }

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var faults = options.FindFaults(settings.Resilience.Replicas.Count).ToList();
        if (faults.Count > 0)
        {
            return await caller.FailAsync(faults, ExitCode.Usage);
        }

        var data = SiteDataLoader.Load(settings.Site.Path);
        var source = options.Replica is { } number ? settings.Resilience.Replicas[number] : settings.Bucket;
        var bucket = new PacedBucket(
            BucketFactory.CreateForCommand(source, TimeProvider.System),
            new Pacer(options.RequestsPerSecond, TimeProvider.System),
            new Pacer(options.BytesPerSecond, TimeProvider.System));
        var subject = options.Cache ? $"the cache {settings.Cache.Path}" : bucket.Description;

        using var line = new ProgressLine(caller);
        var progress = new ImmediateProgress<VerifyProgress>(step => line.Show(
            step.Bytes == 0 ? $"Verifying {Name(step.Area)}" : $"Verifying {Name(step.Area)}, {step.Bytes:N0} bytes", step.Done, step.Total));
        var request = Request();
        var report = options.Cache
            ? await new CacheVerifier(settings.Cache.Path, bucket, new SiteCacheRules(new CurrentSite(), data, settings.Cache)).RunAsync(request, progress, cancellationToken)
            : await new BucketVerifier(bucket, data.Releases).RunAsync(request, progress, cancellationToken);
        line.Clear();
        Print(subject, report);
        if (!options.IsDryRun)
        {
            await TellAsync(subject, request, report);
        }

        return report.Count == 0 ? ExitCode.Success : ExitCode.Failed;
    }

    private VerifyRequest Request()
    {
        var areas = options.Only.Select(static name => Enum.Parse<VerifyArea>(name, ignoreCase: true)).ToHashSet();
        var request = new VerifyRequest { Under = options.Under ?? "", Quick = options.Quick };
        return areas.Count > 0 ? request with { Areas = areas } : options.Under is null ? request : request with { Areas = new HashSet<VerifyArea> { VerifyArea.Checksums } };
    }

    private void Print(string subject, VerifyReport report)
    {
        if (options.Json)
        {
            JsonReport.Print(caller.Output, json => Write(json, subject, report));
            return;
        }

        foreach (var area in report.Findings.Take(MostShown).GroupBy(static finding => finding.Area))
        {
            caller.Output.WriteLine($"{Name(area.Key)}:");
            foreach (var finding in area)
            {
                caller.Output.WriteLine("  " + PrintableText.Of(finding.ToString()));
            }
        }

        if (report.Count > MostShown)
        {
            caller.Output.WriteLine($"and {report.Count - MostShown:N0} more, of which --json shows the first {VerifyReport.MostFindings:N0}");
        }

        var seen = string.Join(", ", report.Checked.OrderBy(static pair => pair.Key).Select(static pair => Seen(pair.Key, pair.Value)));
        caller.Output.WriteLine($"{subject}: {seen}; {report.Bytes:N0} bytes read");
        caller.Output.WriteLine(report.Count == 0 ? "Everything agrees" : $"{Quantity.Of(report.Count, "finding")}");
    }

    private static string Seen(VerifyArea area, long count) => area switch
    {
        VerifyArea.Checksums => Quantity.Of(count, "file") + " by checksums",
        VerifyArea.Catalog => Quantity.Of(count, "directory", "directories") + " by the catalog",
        VerifyArea.Index => Quantity.Of(count, "version") + " by the index",
        VerifyArea.Links => Quantity.Of(count, "link"),
        _ => Quantity.Of(count, "file") + " of the cache",
    };

    private static void Write(Utf8JsonWriter json, string subject, VerifyReport report)
    {
        json.WriteString("subject", subject);
        json.WriteStartObject("checked");
        foreach (var (area, count) in report.Checked.OrderBy(static pair => pair.Key))
        {
            json.WriteNumber(Name(area), count);
        }

        json.WriteEndObject();
        json.WriteNumber("bytes", report.Bytes);
        json.WriteNumber("count", report.Count);
        json.WriteStartArray("findings");
        foreach (var finding in report.Findings)
        {
            json.WriteStartObject();
            json.WriteString("area", Name(finding.Area));
            json.WriteString("key", finding.Key);
            json.WriteString("text", finding.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private async Task TellAsync(string subject, VerifyRequest request, VerifyReport report)
    {
        var alerts = new CommandAlerts(settings.Alerts, ServerSettings.SecretsOf(settings), caller.Error, TimeProvider.System);
        var looked = VerifyScope.Of(options.Cache ? [VerifyArea.Cache] : request.Areas, request);
        var open = alerts.Find(AlertKind.VerificationFailed, subject);
        var unseen = open is null ? [] : open.Parts.Where(part => VerifyScope.Parse(part) is { } scope && !looked.Any(now => now.Covers(scope))).ToList();
        if (report.Count > 0)
        {
            var first = report.Findings[0];
            var message = $"{subject}: {Quantity.Of(report.Count, "finding")}; the first is {Name(first.Area)}: {first}";
            var found = looked.Where(scope => report.Count > VerifyReport.MostFindings || report.Findings.Any(finding => finding.Area == scope.Area));
            await alerts.RaiseAsync(new Alert(AlertKind.VerificationFailed, subject, message), [.. unseen, .. found.Select(static scope => scope.ToString())]);
        }
        else if (open is not null && unseen.Count == 0)
        {
            await alerts.ResolveAsync(AlertKind.VerificationFailed, subject, "What was found is found no more.", open);
        }
        else if (open is not null)
        {
            alerts.Keep(AlertKind.VerificationFailed, subject, open with { Parts = unseen });
            await caller.Error.WriteLineAsync($"The alert {AlertKind.VerificationFailed} stays open until this is verified as well: {string.Join(", ", unseen)}");
        }
    }

    private static string Name(VerifyArea area) => area.ToString().ToLowerInvariant();
}
