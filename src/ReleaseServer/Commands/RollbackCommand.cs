using ReleaseServer.Releases;

namespace ReleaseServer.Commands;

/// <summary>The verb <c>rollback</c>.</summary>
internal sealed class RollbackCommand(ServerSettings settings, Caller caller)
{
    public string? Version { get; init; }

    public long? To { get; init; }

    public required ReleaseOptions Common { get; init; }

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var work = new ReleaseWork(settings, Common, caller);
        if (ReleaseWork.FaultOf(Common) is { } wrong)
        {
            return await work.FailAsync([wrong], ExitCode.Usage);
        }

        if (Version is null == To is null)
        {
            return await work.FailAsync(["Name either a version or --to GENERATION"], ExitCode.Usage);
        }

        var fault = "";
        var found = Version is null ? null : work.Find(Version, channel: null, out fault);
        if (Version is not null && found is null)
        {
            return await work.FailAsync([fault], ExitCode.Usage);
        }

        var request = new RollbackRequest(found is { } version ? version.Channel.KeyOf(version.Name) + "/" : null, To) { Reason = Common.Reason };
        var outcome = await new Rollback(work.Site, request).RunAsync(Common.DryRun, cancellationToken);
        if (outcome.After != outcome.Before)
        {
            await work.ReplicateAsync(cancellationToken);
        }

        work.PrintReport(json =>
        {
            json.WriteTexts("faults", outcome.Faults);
            json.WriteTexts("links", outcome.Links.Select(static change => change.ToString()));
            json.WriteTexts("hidden", outcome.Hidden);
            json.WriteTexts("shown", outcome.Shown);
            json.WriteNumber("to", outcome.To);
            json.WriteNumber("generationBefore", outcome.Before);
            json.WriteNumber("generationAfter", outcome.After);
        });
        if (outcome.Faults.Count > 0)
        {
            return await work.FailAsync([.. outcome.Faults, "Nothing was rolled back."], ExitCode.Failed);
        }

        work.PrintChanges(outcome.Links, []);
        work.Print([.. outcome.Hidden.Select(static name => $"hidden: {name}"), .. outcome.Shown.Select(static name => $"listed again: {name}")]);
        await work.Output.WriteLineAsync(
            Common.DryRun ? $"Would go back to generation {outcome.To}; nothing was written (--dry-run)"
            : outcome.After == outcome.Before ? $"What generation {outcome.To} had is published already; nothing has changed"
            : $"Back to generation {outcome.To}, published as generation {outcome.After}, {outcome.Before} before");
        return ExitCode.Success;
    }
}
