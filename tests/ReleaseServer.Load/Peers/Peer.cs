using System.Net;
using ReleaseServer.Load.Processes;

namespace ReleaseServer.Load.Peers;

internal enum PeerKind
{
    Ours,

    /// <summary>nginx that serves the files itself.</summary>
    NginxFiles,

    /// <summary>nginx with a cache before the bucket.</summary>
    NginxCache,
}

/// <summary>A server that is measured.</summary>
internal sealed class Peer(PeerKind kind, ChildProcess process, PeerPorts ports, string directory, IReadOnlyList<string>? settings = null) : IAsyncDisposable
{
    private ProcessFigures? _figures;

    public PeerKind Kind => kind;

    public IPEndPoint Address { get; } = new(IPAddress.Loopback, ports.Http);

    public Uri Http { get; } = new($"http://127.0.0.1:{ports.Http}");

    public Uri ClearTextHttp2 { get; } = new($"http://127.0.0.1:{ports.Http2}");

    public Uri Https { get; } = new($"https://127.0.0.1:{ports.Https}");

    /// <summary>Of ours alone.</summary>
    public Uri Admin { get; } = new($"http://127.0.0.1:{ports.Admin}");

    /// <summary>Its own directory; the cache of nginx is <c>cache</c> in it.</summary>
    public string Directory => directory;

    /// <summary>As the report calls it.</summary>
    public string Name => NameOf(kind);

    public PeerPorts Ports => ports;

    /// <summary>Those it was given besides the harness's own; of ours alone.</summary>
    public IReadOnlyList<string> Settings => settings ?? [];

    public bool HasEnded => process.HasEnded;

    // Read late: nginx starts its workers after it listens.
    public ProcessFigures Figures => _figures ??= new ProcessFigures(process.Id);

    public static string NameOf(PeerKind kind) => kind switch
    {
        PeerKind.Ours => "ours",
        PeerKind.NginxFiles => "nginx files",
        _ => "nginx cache",
    };

    /// <summary>Kills it (SIGKILL), and awaits its end.</summary>
    public Task KillAsync() => process.KillAsync();

    public ValueTask DisposeAsync() => process.DisposeAsync();
}

internal sealed record PeerPorts(int Http, int Http2, int Https, int Admin)
{
    public static PeerPorts Find() => new(FreePort.Find(), FreePort.Find(), FreePort.Find(), FreePort.Find());
}
