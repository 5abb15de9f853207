using System.Globalization;
using System.Text.RegularExpressions;

namespace ReleaseServer.EndToEnd.Processes;

/// <summary>The built server, in a working directory of its own, on ports that the system chose.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private readonly Daemon _daemon;
    private bool _isKilled;

    private ServerProcess(Daemon daemon, Uri baseAddress, Uri adminAddress) => (_daemon, BaseAddress, AdminAddress) = (daemon, baseAddress, adminAddress);

    /// <summary>The public listener.</summary>
    public Uri BaseAddress { get; }

    /// <summary>The listener for operators.</summary>
    public Uri AdminAddress { get; }

    /// <summary>What the server has printed so far.</summary>
    public string Log => _daemon.Log;

    /// <summary>Bytes of memory that are no pages of files (RssAnon of proc(5)).</summary>
    public long AnonymousBytes()
    {
        var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{_daemon.ProcessId}/status"))
            .First(static line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Starts <c>serve</c> with these settings and awaits its listeners.</summary>
    /// <param name="directory">Its working directory; the caller's.</param>
    /// <param name="settings">Such as <c>--Bucket:Kind=folder</c>; the addresses are set already.</param>
    public static async Task<ServerProcess> StartAsync(string directory, params IEnumerable<string> settings)
    {
        // The admin listener announces itself last.
        var (daemon, ready) = await Daemon.StartAsync(Describe(directory, settings), AdminLine());
        return new ServerProcess(daemon, AddressIn(PublicLine().Match(daemon.Log)), AddressIn(ready));
    }

    /// <summary>Starts <c>serve</c> and kills it while it is still about to start.</summary>
    /// <param name="after">Time from its first line of output to the kill.</param>
    public static async Task KillAtStartAsync(string directory, TimeSpan after, params IEnumerable<string> settings)
    {
        var (daemon, _) = await Daemon.StartAsync(Describe(directory, settings), AnyLine());
        await using (daemon)
        {
            await Task.Delay(after, TimeProvider.System, TestContext.Current.CancellationToken);
            await daemon.KillAsync();
        }
    }

    /// <summary>Runs one of the other verbs (<c>links</c>, <c>catalog</c>, <c>check</c>) to its end.</summary>
    public static Task<CommandRun> RunAsync(string verb, string directory, params IEnumerable<string> settings) =>
        CommandRun.StartAsync(Requirement.Program("dotnet"), directory, [Repository.ServerAssembly, verb, .. settings], Quiet);

    /// <summary>Kills the server (SIGKILL): whatever it was about to do, it does not.</summary>
    public Task KillAsync()
    {
        _isKilled = true;
        return _daemon.KillAsync();
    }

    /// <summary>Stops the server gracefully, unless it was killed; it must end with exit code 0.</summary>
    public async ValueTask DisposeAsync()
    {
        await using (_daemon)
        {
            if (_isKilled)
            {
                return;
            }

            var exitCode = await _daemon.StopAsync();
            Assert.True(exitCode == 0, $"The server exited with {exitCode}\n{_daemon.Log}");
        }
    }

    private static Dictionary<string, string> Quiet { get; } = new() { ["DOTNET_NOLOGO"] = "1", ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1" };

    private static System.Diagnostics.ProcessStartInfo Describe(string directory, IEnumerable<string> settings)
    {
        string[] addresses = ["--Server:Urls=http://127.0.0.1:0", "--Server:AdminUrls=http://127.0.0.1:0"];
        settings = [.. settings];
        if (!settings.Any(static setting => setting.StartsWith("--Status:", StringComparison.Ordinal)))
        {
            // Tests count what is asked; requests of the server to itself would be among it.
            settings = settings.Append("--Status:Enabled=false");
        }

        return CommandRun.Describe(
            Requirement.Program("dotnet"), directory, [Repository.ServerAssembly, "serve", .. addresses, .. settings], Quiet);
    }

    private static Uri AddressIn(Match line) => new(line.Groups["address"].Value);

    [GeneratedRegex(@"Public: listening on (?<address>http://[^\s"",]+)")]
    private static partial Regex PublicLine();

    [GeneratedRegex(@"Admin: listening on (?<address>http://[^\s"",]+)")]
    private static partial Regex AdminLine();

    [GeneratedRegex(".")]
    private static partial Regex AnyLine();
}
