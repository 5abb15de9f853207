using System.Globalization;
using System.Text.RegularExpressions;
using ReleaseServer.Buckets;
using ReleaseServer.EndToEnd.Releases;

namespace ReleaseServer.EndToEnd.Processes;

/// <summary>A real S3 server of a test's own, which it may take away (<c>tests/s3</c>).</summary>
internal sealed partial class Gateway : IAsyncDisposable
{
    private const int Tries = 5;

    // Short, because Unix sockets live in it.
    private readonly string _data = Directory.CreateTempSubdirectory("rs-rgw-").FullName;
    private Dictionary<string, string> _exported = [];

    public static async Task<Gateway> StartAsync()
    {
        Requirement.Program("radosgw");
        var gateway = new Gateway();
        for (var i = 1; ; i++)
        {
            // It takes the port after this one, too; where somebody has either, another is tried.
            var port = Random.Shared.Next(10_000, 19_000);
            var started = await gateway.RunAsync("start-rgw.sh", port);
            if (started.ExitCode == 0)
            {
                gateway._exported = Exported().Matches(started.Output).ToDictionary(static match => match.Groups["name"].Value, static match => match.Groups["value"].Value);
                return gateway;
            }

            if (i == Tries || !started.Error.Contains("is taken", StringComparison.Ordinal))
            {
                await gateway.DisposeAsync();
                started.Expect(0);
            }
        }
    }

    public ValueTask<BucketOptions> MakeBucketAsync() => EmptyBucket.InStoreAsync(
        new Uri(_exported["ENDPOINT"]), _exported["ACCESS_KEY"], _exported["SECRET_KEY"], _exported["REGION"]);

    /// <summary>Ends it at once, with all that it holds: connections to it are refused from now on.</summary>
    public async ValueTask DisposeAsync()
    {
        (await RunAsync("stop-rgw.sh", port: 0)).Expect(0);
        if (Directory.Exists(_data))
        {
            Directory.Delete(_data, recursive: true);
        }
    }

    private Task<CommandRun> RunAsync(string script, int port) => CommandRun.StartAsync(
        "bash",
        Path.GetTempPath(),
        [Path.Combine(Repository.Root, "tests", "s3", script)],
        new Dictionary<string, string> { ["DATA"] = _data, ["PORT"] = port.ToString(CultureInfo.InvariantCulture) });

    [GeneratedRegex("^export RELEASESERVER_TEST_S3_(?<name>[A-Z_]+)=(?<value>.*)$", RegexOptions.Multiline)]
    private static partial Regex Exported();
}
