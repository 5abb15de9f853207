using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ReleaseServer.EndToEnd.Processes;

/// <summary>A gateway of one test's own (tests/s3), to be killed and frozen; what it stored outlives it.</summary>
internal sealed class RgwProcess : IAsyncDisposable
{
    private readonly string _home;
    private readonly string _data;
    private readonly int _port;
    private readonly Dictionary<string, string> _variables = [];

    private RgwProcess(string home) => (_home, _data, _port) = (home, Path.Combine(home, "rgw"), FindPorts());

    /// <summary>A variable that the script prints, by the end of its name, such as <c>ENDPOINT</c>.</summary>
    public string this[string name] => _variables["RELEASESERVER_TEST_S3_" + name];

    /// <param name="home">A directory whose path is short, for Unix sockets live in it.</param>
    public static async Task<RgwProcess> StartAsync(string home)
    {
        var gateway = new RgwProcess(home);
        foreach (var line in (await gateway.RunAsync("start-rgw.sh")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = line["export ".Length..].Split('=', 2) is [var left, var right] ? (left, right) : throw new InvalidOperationException($"start-rgw.sh printed '{line}'");
            gateway._variables[name] = value;
        }

        return gateway;
    }

    /// <summary>The gateway is gone at once, and nothing listens on its port.</summary>
    public Task KillAsync() => SignalAsync("KILL");

    /// <summary>Connections go on to be taken, by the system, and nothing is answered.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    public Task ThawAsync() => SignalAsync("CONT");

    /// <summary>Starts it again after <see cref="KillAsync"/>, with all that it had, and awaits its first answer.</summary>
    public Task RestartAsync() => RunAsync("start-rgw.sh");

    public async ValueTask DisposeAsync() => await RunAsync("stop-rgw.sh");

    private async Task<string> RunAsync(string script)
    {
        var variables = new Dictionary<string, string> { ["DATA"] = _data, ["PORT"] = _port.ToString(CultureInfo.InvariantCulture) };
        var run = await CommandRun.StartAsync(
            Requirement.Program("bash"), _home, [Path.Combine(Repository.Root, "tests", "s3", script)], variables, longest: TimeSpan.FromMinutes(2));
        return run.Expect(0).Output;
    }

    private async Task SignalAsync(string signal) =>
        (await CommandRun.StartAsync(Requirement.Program("bash"), _home, ["-c", $"kill -{signal} \"$(cat '{_data}/rgw.pid')\""])).Expect(0);

    // The monitor takes the port after the gateway's.
    private static int FindPorts()
    {
        while (true)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var port = ((IPEndPoint)probe.LocalEndpoint).Port;
            using var next = new TcpListener(IPAddress.Loopback, port + 1);
            try
            {
                next.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: another pair.
            }
        }
    }
}
