using System.Text.RegularExpressions;
using ReleaseServer.EndToEnd.Processes;

namespace ReleaseServer.EndToEnd.Browser;

/// <summary>Headless Chromium with an empty profile; driven through <see cref="DevTools"/>.</summary>
internal sealed partial class ChromiumProcess : IAsyncDisposable
{
    // The flags after --remote-debugging-port keep it from asking for anything but our pages.
    private static readonly string[] Options =
    [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--remote-debugging-port=0",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-extensions",
    ];

    private readonly Daemon _daemon;

    private ChromiumProcess(Daemon daemon, Uri devTools)
    {
        _daemon = daemon;
        DevToolsAddress = devTools;
    }

    /// <summary>The browser's WebSocket.</summary>
    public Uri DevToolsAddress { get; }

    /// <param name="directory">For its profile; the caller's.</param>
    public static async Task<ChromiumProcess> StartAsync(string program, string directory)
    {
        var profile = Path.Combine(directory, "profile");
        var start = CommandRun.Describe(program, directory, [.. Options, $"--user-data-dir={profile}", "about:blank"], null);
        var (daemon, ready) = await Daemon.StartAsync(start, ReadyLine());
        return new ChromiumProcess(daemon, new Uri(ready.Groups["address"].Value));
    }

    public async ValueTask DisposeAsync()
    {
        await using (_daemon)
        {
            await _daemon.StopAsync();
        }
    }

    [GeneratedRegex(@"DevTools listening on (?<address>ws://\S+)")]
    private static partial Regex ReadyLine();
}
