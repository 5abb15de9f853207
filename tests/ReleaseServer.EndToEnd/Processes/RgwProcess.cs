using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using ReleaseServer.Buckets;
using ReleaseServer.EndToEnd.Releases;

namespace ReleaseServer.EndToEnd.Processes;

/// <summary>A real S3 server of one test's own (<c>tests/s3</c>), to be killed and frozen; what it stored outlives that.</summary>
internal sealed partial class RgwProcess : IAsyncDisposable
{
    // Short, because Unix sockets live in it.
    private readonly string _data = Directory.CreateTempSubdirectory("rs-rgw-").FullName;
    private readonly int _port = FindPorts();
    private Dictionary<string, string> _exported = [];

    public Uri Endpoint => new(_exported["ENDPOINT"]);

    public string Region => _exported["REGION"];

    public string AccessKey => _exported["ACCESS_KEY"];

    public string SecretKey => _exported["SECRET_KEY"];

    /// <summary>Skips the test where the machine lacks a part of it.</summary>
    public static async Task<RgwProcess> StartAsync()
    {
        try
        {
            Array.ForEach(["radosgw", "ceph-mon", "ceph-osd", "curl", "setsid"], static program => Requirement.Program(program));
        }
        catch (RequirementMissingException exception)
        {
            Requirement.Missing(exception.Message);
        }

        var gateway = new RgwProcess();
        try
        {
            gateway._exported = Exported().Matches(await gateway.RunAsync("start-rgw.sh")).ToDictionary(static match => match.Groups["name"].Value, static match => match.Groups["value"].Value);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes an empty bucket.</summary>
    public ValueTask<BucketOptions> MakeBucketAsync() => EmptyBucket.InStoreAsync(Endpoint, AccessKey, SecretKey, Region);

    /// <summary>The gateway is gone at once, and nothing listens on its port.</summary>
    public Task KillAsync() => SignalAsync("KILL");

    /// <summary>Connections go on to be taken, by the system, and nothing is answered.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    public Task ThawAsync() => SignalAsync("CONT");

    /// <summary>Starts it again after <see cref="KillAsync"/>, with all that it had, and awaits its first answer.</summary>
    public Task RestartAsync() => RunAsync("start-rgw.sh");

    /// <summary>Ends it at once, with all that it holds: connections to it are refused from now on.</summary>
    public async ValueTask DisposeAsync()
    {
        await RunAsync("stop-rgw.sh");
        if (Directory.Exists(_data))
        {
            Directory.Delete(_data, recursive: true);
        }
    }

    private async Task<string> RunAsync(string script)
    {
        var variables = new Dictionary<string, string> { ["DATA"] = _data, ["PORT"] = _port.ToString(CultureInfo.InvariantCulture) };
        var run = await CommandRun.StartAsync(
            Requirement.Program("bash"), Path.GetTempPath(), [Path.Combine(Repository.Root, "tests", "s3", script)], variables, longest: TimeSpan.FromMinutes(2));
        return run.Expect(0).Output;
    }

    private async Task SignalAsync(string signal) =>
        (await CommandRun.StartAsync(Requirement.Program("bash"), Path.GetTempPath(), ["-c", $"kill -{signal} \"$(cat '{_data}/rgw.pid')\""])).Expect(0);

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

    [GeneratedRegex("^export RELEASESERVER_TEST_S3_(?<name>[A-Z_]+)=(?<value>.*)$", RegexOptions.Multiline)]
    private static partial Regex Exported();
}
