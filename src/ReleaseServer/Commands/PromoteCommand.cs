using System.Text.Json;
using ReleaseServer.Buckets;
using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>The verb <c>promote</c>: one version, or with <c>--auto</c> all of a channel that are complete.</summary>
internal sealed class PromoteCommand(ServerSettings settings, Caller caller)
{
    public string? Version { get; init; }

    public string? Channel { get; init; }

    public bool Auto { get; init; }

    public IReadOnlyList<string> Replace { get; init; } = [];

    public IReadOnlyList<string> Without { get; init; } = [];

    public bool Security { get; init; }

    public bool Yes { get; init; }

    public required ReleaseOptions Common { get; init; }

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var work = new ReleaseWork(settings, Common, caller);
        if (FaultOfUsage() is { } fault)
        {
            return await work.FailAsync([fault], ExitCode.Usage);
        }

        var staging = new StagingArea(BucketFactory.CreateForCommand(settings.Staging, TimeProvider.System), settings.Staging.Prefix);
        if (Auto)
        {
            return work.Channels.FirstOrDefault(channel => channel.Name == Channel) is { } channel
                ? await RunAllAsync(work, staging, channel, cancellationToken)
                : await work.FailAsync([$"--channel {Channel} is none of {string.Join(", ", work.Channels.Select(static known => known.Name))}"], ExitCode.Usage);
        }

        if (work.Find(Version!, Channel, out fault) is not { } found)
        {
            return await work.FailAsync([fault], ExitCode.Usage);
        }

        var outcome = await RunOneAsync(work, staging, found.Channel, found.Name, cancellationToken);
        work.PrintReport(json => Write(json, found.Channel, found.Name, outcome));
        return await EndAsync(work, found.Name, outcome);
    }

    private static void Write(Utf8JsonWriter json, ReleaseChannel channel, string name, PromotionOutcome outcome)
    {
        json.WriteString("version", name);
        json.WriteString("channel", channel.Name);
        json.WriteTexts("faults", outcome.Faults);
        json.WriteTexts("notes", outcome.Notes);
        json.WriteNumber("files", outcome.Files);
        json.WriteNumber("copied", outcome.Copied);
        json.WriteNumber("bytes", outcome.Bytes);
        json.WriteTexts("links", outcome.Links.Select(static change => change.ToString()));
        json.WriteTexts("index", outcome.Index);
        json.WriteNumber("generationBefore", outcome.Before);
        json.WriteNumber("generationAfter", outcome.After);
        json.WriteBoolean("resumed", outcome.IsResumed);
    }

    private string? FaultOfUsage() =>
        Auto && Version is not null ? "--auto promotes what is complete; a version is promoted without it"
        : Auto && Channel is null ? "--auto needs --channel"
        : Auto && Replace.Count > 0 ? "--replace is not for --auto"
        : !Auto && Version is null ? "Name a version, or give --auto"
        : Replace.Count > 0 && Common.Reason is null ? "--replace needs --reason: published files do not change, and whoever finds that one did wants to know why"
        : Replace.Count > 0 && !Yes && !Common.DryRun ? $"--replace changes the published bytes of {string.Join(", ", Replace)}: say --yes"
        : ReleaseWork.FaultOf(Common);

    private async Task<PromotionOutcome> RunOneAsync(
        ReleaseWork work, StagingArea staging, ReleaseChannel channel, string name, CancellationToken cancellationToken)
    {
        var request = new PromotionRequest(channel, name)
        {
            Replace = Replace.ToHashSet(StringComparer.Ordinal),
            Without = Without.ToHashSet(StringComparer.Ordinal),
            Reason = Common.Reason,
            Security = Security ? true : null,
        };
        var outcome = await new Promotion(work.Site, staging, request).RunAsync(Common.DryRun, cancellationToken);
        work.Clear();
        if (outcome.After != outcome.Before)
        {
            await work.ReplicateAsync(cancellationToken);
        }

        return outcome;
    }

    private async Task<int> EndAsync(ReleaseWork work, string name, PromotionOutcome outcome)
    {
        work.Print([.. outcome.Notes.Select(static note => $"note: {note}")]);
        if (outcome.Faults.Count > 0)
        {
            return await work.FailAsync(
                [.. outcome.Faults, $"{name} was refused for {Quantity.Of(outcome.Faults.Count, "fault")}; nothing was written"], ExitCode.Failed);
        }

        work.PrintChanges(outcome.Links, outcome.Index);
        var files = Quantity.Of(outcome.Files, "file");
        await work.Output.WriteLineAsync(Common.DryRun
            ? $"{name}: {files}; {outcome.Copied:N0} would be copied ({outcome.Bytes:N0} bytes), nothing was written (--dry-run)"
            : outcome.After == outcome.Before && !outcome.IsResumed ? $"{name} is published already; nothing has changed"
            : $"{name}: {files}, {outcome.Copied:N0} copied ({outcome.Bytes:N0} bytes); published as generation {outcome.After}, {outcome.Before} before{(outcome.IsResumed ? "; an earlier run had begun it" : "")}");
        return ExitCode.Success;
    }

    // Safe to be run from a timer: what is not complete waits, and so does this where somebody is at work.
    private async Task<int> RunAllAsync(ReleaseWork work, StagingArea staging, ReleaseChannel channel, CancellationToken cancellationToken)
    {
        var results = new List<(string Name, PromotionOutcome Outcome)>();
        var waiting = new List<string>();
        var code = ExitCode.Success;
        try
        {
            foreach (var name in await new PromotionQueue(work.Site, staging, channel).ListAsync(cancellationToken))
            {
                var outcome = await RunOneAsync(work, staging, channel, name, cancellationToken);
                if (outcome.IsOnlyIncomplete)
                {
                    waiting.Add(name);
                    work.Print([$"{name} waits: {outcome.Faults[0]}{(outcome.Faults.Count > 1 ? $", and {outcome.Faults.Count - 1:N0} more" : "")}"]);
                    continue;
                }

                results.Add((name, outcome));

                // One that is broken does not keep the others.
                code = await EndAsync(work, name, outcome) is var one && one != ExitCode.Success ? one : code;
            }
        }
        catch (LeaseHeldException exception)
        {
            work.Print([$"{exception.Message}; nothing to do this time"]);
        }

        if (results.Count == 0 && waiting.Count == 0)
        {
            work.Print([$"Nothing new of {channel.Name} in {staging.Bucket.Description}"]);
        }

        work.PrintReport(json =>
        {
            json.WriteString("channel", channel.Name);
            json.WriteTexts("waiting", waiting);
            json.WriteStartArray("versions");
            foreach (var (name, outcome) in results)
            {
                json.WriteStartObject();
                Write(json, channel, name, outcome);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
        return code;
    }
}
