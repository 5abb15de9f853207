using System.Collections;
using System.CommandLine;
using ReleaseServer.Buckets;
using ReleaseServer.Configuration;
using ReleaseServer.Listings;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>The verbs of the program and their options.</summary>
internal static class CommandLine
{
    private const string Description = """
        Serves release assets from a folder or an S3-compatible bucket, as nginx would from a disk with symbolic links.

        Settings are given as --Section:Key=value, by environment variables (Section__Key=value) or in appsettings.json;
        docs/configuration.md lists them. With none, a sample release tree is made in data/ and served on http://localhost:8080.
        """;

    public static async Task<int> RunAsync(string[] args)
    {
        var (settingArguments, rest) = SettingArguments.Split(args);
        var parsed = Create(settingArguments).Parse(rest);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync(error.Message);
            }

            await Console.Error.WriteLineAsync("Run with --help to see what there is.");
            return ExitCode.Usage;
        }

        // No exception handler of the library's: it would print a stack trace. Signals end a command at once, for every write is atomic.
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        return await parsed.InvokeAsync(configuration);
    }

    private static RootCommand Create(IReadOnlyList<string> settingArguments)
    {
        // Only shown in the help: SettingArguments has taken it, for it is a source of settings as the others are.
        var config = new Option<string?>(SettingArguments.ConfigOption) { Description = "Read settings from this JSON file, too", Recursive = true };

        Command Verb(Command command, Func<ServerSettings, ParseResult, CancellationToken, Task<int>> run)
        {
            command.SetAction((parsed, cancellationToken) => GuardAsync(settingArguments, settings => run(settings, parsed, cancellationToken)));
            return command;
        }

        var serve = Verb(new Command("serve", "Serve the bucket (what happens without a verb, too)"), ServeAsync);

        var dryRun = new Option<bool>("--dry-run") { Description = "Print what would change and write nothing" };
        var links = Verb(
            new Command("links", "Work out latest, latest-*, docs and other links from what the bucket holds, and publish them") { dryRun },
            (settings, parsed, token) => LinksCommand.RunAsync(settings, parsed.GetValue(dryRun), token));

        var rereadDates = new Option<bool>("--reread-dates") { Description = "Ask for every object's date again, also where the object has not changed" };
        var check = new Option<bool>("--check") { Description = "Report where the catalog differs from the bucket and write nothing; exit code 1 if it does" };
        var catalog = Verb(
            new Command("catalog", "Write a listing document for every directory of the bucket") { check, rereadDates },
            (settings, parsed, token) => CatalogCommand.RunAsync(
                settings,
                new CatalogWriteOptions { CheckOnly = parsed.GetValue(check), RereadDates = parsed.GetValue(rereadDates) },
                token));

        var offline = new Option<bool>("--offline") { Description = "Do not ask the bucket" };
        var verify = Verb(
            new Command("check", "Check settings and site data, ask the bucket, and print the resolved tables") { offline },
            (settings, parsed, token) => CheckCommand.RunAsync(settings, parsed.GetValue(offline), token));

        var root = new RootCommand(Description) { serve, links, catalog, verify };
        root.Options.Add(config);
        return (RootCommand)Verb(root, ServeAsync);
    }

    private static Task<int> ServeAsync(ServerSettings settings, ParseResult parsed, CancellationToken cancellationToken) =>
        ServeCommand.RunAsync(settings, cancellationToken);

    // Loads the settings and turns what can go wrong in any verb into a line and an exit code.
    private static async Task<int> GuardAsync(IReadOnlyList<string> settingArguments, Func<ServerSettings, Task<int>> run)
    {
        try
        {
            var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(pair => (string)pair.Key, pair => (string?)pair.Value ?? "");
            if (!ServerSettings.TryLoad(settingArguments, Environment.CurrentDirectory, environment, out var settings, out var faults))
            {
                return await FailAsync(faults.Select(fault => fault.ToString()), ExitCode.Configuration);
            }

            return await run(settings);
        }
        catch (SiteDataException exception)
        {
            return await FailAsync(exception.Faults.Select(fault => fault.ToString()), ExitCode.Configuration);
        }
        catch (Exception exception) when (exception is BucketUnavailableException or IOException or UnauthorizedAccessException)
        {
            return await FailAsync([exception.Message], ExitCode.Failed);
        }
    }

    private static async Task<int> FailAsync(IEnumerable<string> lines, int exitCode)
    {
        foreach (var line in lines)
        {
            await Console.Error.WriteLineAsync(line);
        }

        return exitCode;
    }
}
