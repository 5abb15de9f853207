using System.Globalization;
using ReleaseServer.Load.Clients;
using ReleaseServer.Load.Processes;

namespace ReleaseServer.Load.Peers;

/// <summary>Starts servers, each in a new directory, so that no cache outlives its server.</summary>
internal sealed class PeerStarter(LoadOptions options, Scale scale, Corpus corpus, BucketAccess bucket)
{
    public const string AdminToken = "load-admin-token";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private readonly string _certificate = Path.Combine(options.Work, "certificate.pem");
    private readonly string _key = Path.Combine(options.Work, "key.pem");
    private string _knownSettings = "";
    private int _started;

    /// <summary>Processes to end after a crash, a line each: id and start time.</summary>
    public string PidFile { get; } = Path.Combine(options.Work, "pids");

    /// <summary>Whether the server has a cache; without, its rows of S5 to S10 say what it does without.</summary>
    public bool HasCache => Knows("Cache:MemoryBytes");

    public bool HasPurge => Knows("Admin:Token");

    /// <summary>Asks the server once which settings it knows: those of a cache are newer than this harness has to insist on.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        Certificate.Write(_certificate, _key);
        _knownSettings = await ChildProcess.RunAsync(options.Server, ["check", "--offline"], mustSucceed: false, [], cancellationToken);
    }

    public Task<Peer> StartAsync(PeerKind kind, CancellationToken cancellationToken) => StartAsync(kind, [], cancellationToken);

    /// <param name="settings">For ours, such as <c>Cache:MemoryBytes=1</c>; left out where the server does not know them.</param>
    public async Task<Peer> StartAsync(PeerKind kind, IEnumerable<string> settings, CancellationToken cancellationToken)
    {
        var peer = Launch(kind, settings);
        try
        {
            await AwaitFirstByteAsync(peer, Corpus.SmallPath, cancellationToken);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a server and does not wait for it.</summary>
    public Peer Launch(PeerKind kind, IEnumerable<string> settings)
    {
        settings = [.. settings];
        var ports = PeerPorts.Find();
        var number = Interlocked.Increment(ref _started).ToString("000", CultureInfo.InvariantCulture);
        var directory = Directory.CreateDirectory(Path.Combine(options.Work, "peers", $"{number}-{kind}")).FullName;
        if (kind == PeerKind.Ours)
        {
            return LaunchOurs(ports, directory, [.. settings], "log");
        }

        var configuration = Path.Combine(directory, "nginx.conf");
        File.WriteAllText(configuration, NginxConfiguration(kind, ports, directory));
        var nginx = ChildProcess.Start(FindNginx(), ["-e", "stderr", "-p", directory, "-c", configuration], Path.Combine(directory, "log"), PidFile, []);
        return new Peer(kind, nginx, ports, directory);
    }

    /// <summary>Starts ours again where it was, with all that it left behind, and does not wait for it.</summary>
    public Peer LaunchAgain(Peer ended) => LaunchOurs(ended.Ports, ended.Directory, ended.Settings, "log-again");

    /// <summary>Asks, again and again, until the object comes.</summary>
    /// <exception cref="TimeoutException">It did not come in 30 s.</exception>
    public static async Task AwaitFirstByteAsync(Peer peer, string path, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        var request = HttpRequest.Get(path);
        while (TimeProvider.System.GetElapsedTime(started) < StartLimit)
        {
            using var connection = new LoadConnection(peer.Address);
            if (await connection.TrySendAsync(request, cancellationToken) is { Status: 200 })
            {
                return;
            }

            if (peer.HasEnded)
            {
                throw new InvalidOperationException($"{peer.Name} ended at its start; see {peer.Directory}/log");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, cancellationToken);
        }

        throw new TimeoutException($"{peer.Name} did not answer {path} within {StartLimit.TotalSeconds} s; see {peer.Directory}/log");
    }

    private Peer LaunchOurs(PeerPorts ports, string directory, IReadOnlyList<string> settings, string log)
    {
        var arguments = OurArguments(ports, directory, settings);
        var environment = options.ServerEnvironment.Append(new KeyValuePair<string, string>("DOTNET_NOLOGO", "1"));
        return new Peer(PeerKind.Ours, ChildProcess.Start(options.Server, arguments, Path.Combine(directory, log), PidFile, environment), ports, directory, settings);
    }

    private bool Knows(string setting) => _knownSettings.Contains($" {setting} ", StringComparison.Ordinal);

    private List<string> OurArguments(PeerPorts ports, string directory, IEnumerable<string> settings)
    {
        List<string> arguments =
        [
            "serve",
            $"--Server:Urls=http://127.0.0.1:{ports.Http};https://127.0.0.1:{ports.Https}",
            $"--Server:H2cUrls=http://127.0.0.1:{ports.Http2}",
            $"--Server:AdminUrls=http://127.0.0.1:{ports.Admin}",
            "--Server:KeepAliveTimeout=5m",
            $"--Tls:CertificatePath={_certificate}",
            $"--Tls:KeyPath={_key}",
            "--Log:Access=false",
            "--Log:Level=warning",
            $"--Site:StatePath={directory}/state",
            .. bucket.Settings,
        ];
        string[] ifKnown = [$"Cache:Path={directory}/cache", $"Admin:Token={AdminToken}", .. settings];
        arguments.AddRange(ifKnown.Where(setting => Knows(setting.Split('=')[0])).Select(static setting => $"--{setting}"));
        arguments.AddRange(options.ServerSettings.Select(static setting => $"--{setting}"));
        return arguments;
    }

    private string NginxConfiguration(PeerKind kind, PeerPorts ports, string directory)
    {
        var template = File.ReadAllText(Path.Combine(options.Assets, "nginx", kind == PeerKind.NginxFiles ? "files.conf" : "cache.conf"));
        var values = new Dictionary<string, string>
        {
            // As root, nginx would run its workers as somebody who cannot read a directory of root's.
            ["@USER@"] = Environment.UserName == "root" ? "user root;" : "",
            ["@PORT@"] = ports.Http.ToString(CultureInfo.InvariantCulture),
            ["@PORT2@"] = ports.Http2.ToString(CultureInfo.InvariantCulture),
            ["@PORTS@"] = ports.Https.ToString(CultureInfo.InvariantCulture),
            ["@CERTIFICATE@"] = _certificate,
            ["@KEY@"] = _key,
            ["@TREE@"] = corpus.Tree,
            ["@CACHE@"] = Path.Combine(directory, "cache"),
            ["@BUCKET@"] = $"{bucket.Endpoint.Host}:{bucket.Endpoint.Port}",
            ["@NAME@"] = bucket.Name,
            ["@LATEST@"] = Corpus.Latest,
            ["@TIMEOUT@"] = $"{scale.BucketTimeout.TotalSeconds}s",
        };
        return values.Aggregate(template, static (text, value) => text.Replace(value.Key, value.Value, StringComparison.Ordinal));
    }

    // Debian keeps it where not everyone's path leads.
    private static string FindNginx() =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin"
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(static directory => Path.Combine(directory, "nginx"))
            .FirstOrDefault(File.Exists) ?? throw new InvalidOperationException("nginx is not installed");
}
