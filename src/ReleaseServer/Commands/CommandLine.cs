using System.CommandLine;
using ReleaseServer.Buckets;
using ReleaseServer.Configuration;
using ReleaseServer.Listings;
using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>Makes a verb of a command: gives it what to run, once the settings are loaded.</summary>
internal delegate Command VerbFactory(Command command, Func<ServerSettings, ParseResult, CancellationToken, Task<int>> run);

/// <summary>The verbs of the program and their options.</summary>
internal static class CommandLine
{
    private const string Description = """
        Serves release files from a folder or an S3-compatible bucket, as nginx would from a disk with symbolic links.

        Without a command it serves. Without settings it makes a sample release tree in data/ and serves that on
        http://localhost:8080.

        Settings go for every command. They are given as --Section:Key=value (--Bucket:Path=/srv/releases), by environment
        variables (Bucket__Path=/srv/releases) or in appsettings.json; "check" prints them, docs/configuration.md explains them.

        Exit codes: 0 done, 1 failed, 2 wrong usage, 78 wrong settings or site data.
        """;

    public static async Task<int> RunAsync(string[] args, Caller caller)
    {
        var (settingArguments, rest) = SettingArguments.Split(args);
        var parsed = Create(settingArguments, caller).Parse(rest);
        if (parsed.Errors.Count > 0)
        {
            string[] hint = rest.Any(IsMiswrittenSetting) ? ["Settings are written --Bucket:Path=value."] : [];
            return await caller.FailAsync(
                [.. parsed.Errors.Select(error => error.Message), .. hint, "Run with --help to see what there is."],
                ExitCode.Usage);
        }

        // No exception handler of the library's: it would print a stack trace. Signals end a command at once, for every write is atomic.
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = caller.Output,
            Error = caller.Error,
        };
        return await parsed.InvokeAsync(configuration);
    }

    // As --Bucket.Path, --Bucket__Path, -Bucket:Path or Bucket:Path: a section's name in any case, and what other programs put after it.
    private static bool IsMiswrittenSetting(string argument)
    {
        var name = argument.AsSpan().TrimStart('-');
        var end = name.IndexOfAny(":._");
        return end > 0 && ServerSettings.Schema.IsSection(name[..end].ToString());
    }

    private static RootCommand Create(IReadOnlyList<string> settingArguments, Caller caller)
    {
        // Only shown in the help: SettingArguments has taken it, for it is a source of settings as the others are.
        var config = new Option<string?>(SettingArguments.ConfigOption) { Description = "Read settings from this JSON file, too", HelpName = "file", Recursive = true };

        Command Verb(Command command, Func<ServerSettings, ParseResult, CancellationToken, Task<int>> run, bool serves = false)
        {
            command.SetAction((parsed, cancellationToken) => GuardAsync(settingArguments, caller, serves, settings => run(settings, parsed, cancellationToken)));
            return command;
        }

        Task<int> ServeAsync(ServerSettings settings, ParseResult parsed, CancellationToken token) => ServeCommand.RunAsync(settings, caller, token);

        var serve = Verb(new Command("serve", "Serve the bucket until SIGTERM or Ctrl-C; what happens without a command, too"), ServeAsync, serves: true);

        var dryRun = new Option<bool>("--dry-run") { Description = "Print what would change and write nothing" };
        var allowRemoval = new Option<bool>("--allow-removal") { Description = "Publish also where more than half of the published links would go" };
        var links = Verb(
            new Command("links", "Work out latest, docs and other links from what the bucket holds, print what changes, publish it") { dryRun, allowRemoval },
            (settings, parsed, token) => LinksCommand.RunAsync(settings, parsed.GetValue(dryRun), parsed.GetValue(allowRemoval), caller, token));

        var rereadDates = new Option<bool>("--reread-dates") { Description = "Ask for every object's date again, also where the object has not changed" };
        var check = new Option<bool>("--check") { Description = "Print where the catalog differs from the bucket and write nothing; exit code 1 if it does" };
        var catalog = Verb(
            new Command("catalog", "Write a listing document for every directory of the bucket, where it differs from the one there") { check, rereadDates },
            (settings, parsed, token) => CatalogCommand.RunAsync(
                settings,
                new CatalogWriteOptions { CheckOnly = parsed.GetValue(check), RereadDates = parsed.GetValue(rereadDates) },
                caller,
                token));

        var paths = new Option<string[]>("--path") { Description = "Purge what a path is answered from; with a slash at its end, a directory with all beneath it", HelpName = "path" };
        var keys = new Option<string[]>("--key") { Description = "Purge an object by its bucket key; with a slash at its end, a directory", HelpName = "key" };
        var tags = new Option<string[]>("--tag") { Description = "Purge by a tag: release:V, link:L, class:C, dir:D/, key:K", HelpName = "tag" };
        var all = new Option<bool>("--all") { Description = "Purge everything" };
        var hard = new Option<bool>("--hard") { Description = "Drop it: nothing old is answered again, not even when the bucket fails" };
        var purgeDryRun = new Option<bool>("--dry-run") { Description = "Print what would be purged and purge nothing" };
        var nodes = new Option<string[]>("--node") { Description = "Have this node apply it at once, by its admin address; beside Admin:Nodes", HelpName = "url" };
        var reason = new Option<string?>("--reason") { Description = "Why, for the log of every node", HelpName = "text" };
        var purge = Verb(
            new Command("purge", "Have every node, and the CDN, forget what it keeps of paths, keys or tags") { paths, keys, tags, all, hard, purgeDryRun, nodes, reason },
            (settings, parsed, token) =>
            {
                var request = new PurgeRequest
                {
                    Paths = parsed.GetValue(paths) ?? [],
                    Keys = parsed.GetValue(keys) ?? [],
                    Tags = parsed.GetValue(tags) ?? [],
                    All = parsed.GetValue(all),
                    IsHard = parsed.GetValue(hard),
                    DryRun = parsed.GetValue(purgeDryRun),
                };
                return new PurgeCommand(settings, request, caller) { Nodes = parsed.GetValue(nodes) ?? [], Reason = parsed.GetValue(reason) }.RunAsync(token);
            });

        var counting = new Option<string[]>("--node") { Description = "Ask this node, by its admin address; beside Admin:Nodes", HelpName = "url" };
        var statistics = Verb(
            new Command("statistics", "Fetch what all nodes have counted of downloads, and write tables and a page of it to the bucket") { counting },
            (settings, parsed, token) => new StatisticsCommand(settings, parsed.GetValue(counting) ?? [], caller, TimeProvider.System).RunAsync(token));

        var looking = new Option<string[]>("--node") { Description = "Ask this node, by its admin address; beside Admin:Nodes", HelpName = "url" };
        var export = new Option<string?>("--export") { Description = "Write page and JSON there: a folder, or \"bucket\" for that of the settings", HelpName = "where" };
        var watch = new Option<bool>("--watch") { Description = "Go on exporting, every 10 s, until SIGTERM or Ctrl-C" };
        var note = new Option<string?>("--note") { Description = "Have the nodes show this on their pages", HelpName = "text" };
        var component = new Option<string?>("--component") { Description = "Add the note to the newest incident of this component", HelpName = "name" };
        var status = Verb(
            new Command("status", "Print how the nodes are, export their status page, or add a note to it") { looking, export, watch, note, component },
            (settings, parsed, token) => new StatusCommand(settings, parsed.GetValue(looking) ?? [], caller, TimeProvider.System)
            {
                Export = parsed.GetValue(export),
                Watch = parsed.GetValue(watch),
                Note = parsed.GetValue(note),
                Component = parsed.GetValue(component),
            }.RunAsync(token));

        var offline = new Option<bool>("--offline") { Description = "Do not ask the bucket" };
        var checkVerb = Verb(
            new Command("check", "Check settings and site data, print them as they are understood, and ask the bucket") { offline },
            (settings, parsed, token) => CheckCommand.RunAsync(settings, parsed.GetValue(offline), caller, token));

        var index = IndexCommand.Create((command, run) => Verb(command, run), caller);
        var verify = VerifyCommand.Create((command, run) => Verb(command, run), caller);
        var replicate = ReplicateCommand.Create((command, run) => Verb(command, run), caller);
        var testAlert = TestAlertCommand.Create((command, run) => Verb(command, run), caller);

        var root = new RootCommand(Description) { serve };
        foreach (var other in ReleaseVerbs.Create((command, run) => Verb(command, run), caller).Concat([links, catalog, index, verify, replicate, purge, statistics, status, testAlert, checkVerb]))
        {
            root.Add(other);
        }

        root.Options.Add(config);
        return (RootCommand)Verb(root, ServeAsync, serves: true);
    }

    // Loads the settings and turns what can go wrong in any verb into a line and an exit code.
    private static async Task<int> GuardAsync(IReadOnlyList<string> settingArguments, Caller caller, bool serves, Func<ServerSettings, Task<int>> run)
    {
        try
        {
            if (ServerSettings.TryLoad(settingArguments, caller.WorkingDirectory, caller.Environment, out var settings, out var faults))
            {
                return await run(settings);
            }

            var lines = faults.Select(static fault => fault.ToString()).ToList();
            var code = await caller.FailAsync(lines, ExitCode.Configuration);
            if (serves)
            {
                var alerts = ServerSettings.TryLoadAlerts(settingArguments, caller.WorkingDirectory, caller.Environment);
                await StartFailure.TellAsync(alerts, secrets: [], caller, $"The settings are wrong: {string.Join("; ", lines)}");
            }

            return code;
        }
        catch (SiteDataException exception)
        {
            return await caller.FailAsync(exception.Faults.Select(fault => fault.ToString()), ExitCode.Configuration);
        }
        catch (Exception exception) when (exception is BucketUnavailableException or LeaseHeldException or CachesNotToldException or IOException or UnauthorizedAccessException)
        {
            return await caller.FailAsync([exception.Message], ExitCode.Failed);
        }
    }
}
