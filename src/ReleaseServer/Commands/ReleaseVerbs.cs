using System.CommandLine;

namespace ReleaseServer.Commands;

/// <summary>The verbs that publish releases and take them back.</summary>
internal static class ReleaseVerbs
{
    public static IEnumerable<Command> Create(VerbFactory verb, Caller caller)
    {
        yield return CreatePromote(verb, caller);
        yield return CreateRollback(verb, caller);
        yield return CreateWithdraw(verb, caller);
        yield return CreateAudit(verb, caller);
    }

    private static Command CreatePromote(VerbFactory verb, Caller caller)
    {
        var version = new Argument<string?>("version") { Description = "Such as v26.8.0", Arity = ArgumentArity.ZeroOrOne };
        var channel = new Option<string?>("--channel") { Description = "release, nightly, rc, test or v8-canary; without it, the one that the version is of", HelpName = "name" };
        var auto = new Option<bool>("--auto") { Description = "Promote every version of the channel that is complete in staging, oldest first" };
        var replace = new Option<string[]>("--replace") { Description = "A name in the version's directory whose published bytes are to be replaced; needs --reason and --yes", HelpName = "name" };
        var without = new Option<string[]>("--without") { Description = "A name that the release before has, and this one is to be without", HelpName = "name" };
        var security = new Option<bool>("--security") { Description = "Say in the index that the version mends security holes" };
        var (reason, dryRun, json, yes, nodes) = (Reason(), DryRun(), Json(), Yes("Replace what --replace names"), Nodes());
        var command = new Command("promote", "Publish a version from staging: check it, copy it, and show it with its index and links at once")
        {
            version, channel, auto, replace, without, security, reason, dryRun, json, yes, nodes,
        };
        return verb(command, (settings, parsed, token) => new PromoteCommand(settings, caller)
        {
            Version = parsed.GetValue(version),
            Channel = parsed.GetValue(channel),
            Auto = parsed.GetValue(auto),
            Replace = parsed.GetValue(replace) ?? [],
            Without = parsed.GetValue(without) ?? [],
            Security = parsed.GetValue(security),
            Yes = parsed.GetValue(yes),
            Common = new ReleaseOptions(parsed.GetValue(reason), parsed.GetValue(dryRun), parsed.GetValue(json), parsed.GetValue(nodes) ?? []),
        }.RunAsync(token));
    }

    private static Command CreateRollback(VerbFactory verb, Caller caller)
    {
        var version = new Argument<string?>("version") { Description = "Go back to before this version was promoted", Arity = ArgumentArity.ZeroOrOne };
        var to = new Option<long?>("--to") { Description = "Go back to what was published as this generation", HelpName = "generation" };
        var (reason, dryRun, json, nodes) = (Reason(), DryRun(), Json(), Nodes());
        var command = new Command("rollback", "Put the links, index and listings of an earlier publication back at once; files stay")
        {
            version, to, reason, dryRun, json, nodes,
        };
        return verb(command, (settings, parsed, token) => new RollbackCommand(settings, caller)
        {
            Version = parsed.GetValue(version),
            To = parsed.GetValue(to),
            Common = new ReleaseOptions(parsed.GetValue(reason), parsed.GetValue(dryRun), parsed.GetValue(json), parsed.GetValue(nodes) ?? []),
        }.RunAsync(token));
    }

    private static Command CreateWithdraw(VerbFactory verb, Caller caller)
    {
        var version = new Argument<string>("version") { Description = "Such as v26.8.0" };
        var keepFiles = new Option<bool>("--keep-files") { Description = "Leave its files where they are, and answer them to who has their addresses" };
        var (reason, dryRun, json, yes, nodes) = (Reason(), DryRun(), Json(), Yes("Delete the version's files"), Nodes());
        var command = new Command("withdraw", "Take one version out of the index, links and listings, and delete its files")
        {
            version, keepFiles, reason, dryRun, json, yes, nodes,
        };
        return verb(command, (settings, parsed, token) => new WithdrawCommand(settings, caller)
        {
            Version = parsed.GetValue(version)!,
            KeepFiles = parsed.GetValue(keepFiles),
            Yes = parsed.GetValue(yes),
            Common = new ReleaseOptions(parsed.GetValue(reason), parsed.GetValue(dryRun), parsed.GetValue(json), parsed.GetValue(nodes) ?? []),
        }.RunAsync(token));
    }

    private static Command CreateAudit(VerbFactory verb, Caller caller)
    {
        var most = new Option<int>("--last") { Description = "How many, the newest last", HelpName = "count", DefaultValueFactory = static _ => 20 };
        var json = Json();
        return verb(
            new Command("audit", "Print who promoted, rolled back, withdrew and purged what, and when") { most, json },
            (settings, parsed, token) => AuditCommand.RunAsync(settings, parsed.GetValue(most), parsed.GetValue(json), caller, token));
    }

    private static Option<string?> Reason() => new("--reason") { Description = "Why, for the audit line", HelpName = "text" };

    private static Option<bool> DryRun() => new("--dry-run") { Description = "Print what would change and write nothing" };

    private static Option<bool> Json() => new("--json") { Description = "Print one JSON object instead of lines" };

    private static Option<bool> Yes(string what) => new("--yes") { Description = what };

    private static Option<string[]> Nodes() => new("--node") { Description = "Have this node apply it at once, by its admin address; beside Admin:Nodes", HelpName = "url" };
}

/// <summary>What all of these verbs were asked for.</summary>
/// <param name="Reason">Null for none.</param>
/// <param name="Nodes">Admin addresses beside those of the settings.</param>
internal sealed record ReleaseOptions(string? Reason, bool DryRun, bool Json, IReadOnlyList<string> Nodes);
