using System.Text.RegularExpressions;

namespace ReleaseServer.EndToEnd.Processes;

/// <summary>The built server, in a working directory of its own, on ports that the system chose.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private readonly Daemon _daemon;

    private ServerProcess(Daemon daemon, Uri baseAddress)
    {
        _daemon = daemon;
        BaseAddress = baseAddress;
    }

    /// <summary>The public listener.</summary>
    public Uri BaseAddress { get; }

    /// <summary>What the server has printed so far.</summary>
    public string Log => _daemon.Log;

    /// <summary>Starts <c>serve</c> with these settings and awaits its public listener.</summary>
    /// <param name="directory">Its working directory; the caller's.</param>
    /// <param name="settings">Such as <c>--Bucket:Kind=folder</c>; the addresses are set already.</param>
    public static async Task<ServerProcess> StartAsync(string directory, params IEnumerable<string> settings)
    {
        string[] addresses = ["--Server:Urls=http://127.0.0.1:0", "--Server:AdminUrls=http://127.0.0.1:0"];
        var start = CommandRun.Describe(
            Requirement.Program("dotnet"), directory, [Repository.ServerAssembly, "serve", .. addresses, .. settings], Quiet);
        var (daemon, ready) = await Daemon.StartAsync(start, ReadyLine());
        return new ServerProcess(daemon, new Uri(ready.Groups["address"].Value));
    }

    /// <summary>Runs one of the other verbs (<c>links</c>, <c>catalog</c>, <c>check</c>) to its end.</summary>
    public static Task<CommandRun> RunAsync(string verb, string directory, params IEnumerable<string> settings) =>
        CommandRun.StartAsync(Requirement.Program("dotnet"), directory, [Repository.ServerAssembly, verb, .. settings], Quiet);

    /// <summary>Stops the server gracefully; it must end with exit code 0.</summary>
    public async ValueTask DisposeAsync()
    {
        await using (_daemon)
        {
            var exitCode = await _daemon.StopAsync();
            Assert.True(exitCode == 0, $"The server exited with {exitCode}\n{_daemon.Log}");
        }
    }

    private static Dictionary<string, string> Quiet { get; } = new() { ["DOTNET_NOLOGO"] = "1", ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1" };

    // The admin listener announces itself as well, on a line that says "admin" first.
    [GeneratedRegex(@"^(?!.*\badmin\b.*listening on).*listening on (?<address>http://[^\s"",]+)", RegexOptions.IgnoreCase)]
    private static partial Regex ReadyLine();
}
