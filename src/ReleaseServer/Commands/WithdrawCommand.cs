using ReleaseServer.Releases;

namespace ReleaseServer.Commands;

/// <summary>The verb <c>withdraw</c>.</summary>
internal sealed class WithdrawCommand(ServerSettings settings, Caller caller)
{
    public required string Version { get; init; }

    public bool KeepFiles { get; init; }

    public bool Yes { get; init; }

    public required ReleaseOptions Common { get; init; }

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var work = new ReleaseWork(settings, Common, caller);
        if (ReleaseWork.FaultOf(Common) is { } wrong)
        {
            return await work.FailAsync([wrong], ExitCode.Usage);
        }

        if (work.Find(Version, channel: null, out var fault) is not { } found)
        {
            return await work.FailAsync([fault], ExitCode.Usage);
        }

        if (!KeepFiles && !Yes && !Common.DryRun)
        {
            return await work.FailAsync([$"The files of {found.Name} would be deleted: say --yes, or --keep-files; --dry-run shows what would change"], ExitCode.Usage);
        }

        var request = new WithdrawalRequest(found.Channel, found.Name, KeepFiles) { Reason = Common.Reason };
        var outcome = await new Withdrawal(work.Site, request).RunAsync(Common.DryRun, cancellationToken);
        if (outcome.After != outcome.Before)
        {
            await work.ReplicateAsync(cancellationToken);
        }

        work.PrintReport(json =>
        {
            json.WriteString("version", found.Name);
            json.WriteString("channel", found.Channel.Name);
            json.WriteBoolean("keepsFiles", KeepFiles);
            json.WriteTexts("faults", outcome.Faults);
            json.WriteTexts("links", outcome.Links.Select(static change => change.ToString()));
            json.WriteTexts("index", outcome.Index);
            json.WriteNumber("files", outcome.Files);
            json.WriteNumber("generationBefore", outcome.Before);
            json.WriteNumber("generationAfter", outcome.After);
        });
        if (outcome.Faults.Count > 0)
        {
            return await work.FailAsync([.. outcome.Faults, $"{found.Name} was not withdrawn."], ExitCode.Failed);
        }

        work.PrintChanges(outcome.Links, outcome.Index);
        var files = Quantity.Of(outcome.Files, "file");
        var what = KeepFiles ? $"{files} kept" : Common.DryRun ? $"{files} would be deleted" : $"{files} deleted";
        await work.Output.WriteLineAsync(Common.DryRun
            ? $"{found.Name}: {what}; nothing was written (--dry-run)"
            : $"{found.Name} is withdrawn, {what}; generation {outcome.After}, {outcome.Before} before");
        return ExitCode.Success;
    }
}
