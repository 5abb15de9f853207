using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace ReleaseServer.EndToEnd.Processes;

/// <summary>nginx over a symlinked tree: what the server is compared with. One process, in the foreground, as whoever runs the tests.</summary>
internal sealed partial class NginxProcess : IAsyncDisposable
{
    private const int PortTries = 3;
    private readonly Daemon _daemon;

    private NginxProcess(Daemon daemon, int port)
    {
        _daemon = daemon;
        BaseAddress = new Uri($"http://127.0.0.1:{port}");
    }

    public Uri BaseAddress { get; }

    /// <summary>Starts nginx and awaits that it listens.</summary>
    /// <param name="directory">An empty directory for its configuration and temporary files; the caller's.</param>
    /// <param name="tree">The bucket's tree with real symbolic links; holds <c>nodejs</c> and <c>metrics</c>.</param>
    public static async Task<NginxProcess> StartAsync(string directory, string tree)
    {
        var nginx = Requirement.Program("nginx");
        var template = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Sites", "nginx.conf"));
        var configuration = Path.Combine(directory, "nginx.conf");
        for (var tries = 1; ; tries++)
        {
            var port = FindFreePort();
            await File.WriteAllTextAsync(
                configuration,
                template.Replace("@TREE@", tree).Replace("@PORT@", port.ToString(CultureInfo.InvariantCulture)));
            var start = CommandRun.Describe(nginx, directory, ["-e", "stderr", "-p", directory, "-c", configuration], null);
            try
            {
                var (daemon, _) = await Daemon.StartAsync(start, ReadyLine());
                return new NginxProcess(daemon, port);
            }
            catch (InvalidOperationException exception) when (tries < PortTries && exception.Message.Contains("Address already in use"))
            {
                // Someone took the port between our look and nginx's bind.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await using (_daemon)
        {
            await _daemon.StopAsync();
        }
    }

    private static int FindFreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    // nginx says this once its sockets listen.
    [GeneratedRegex("using the \"[a-z]+\" event method")]
    private static partial Regex ReadyLine();
}
