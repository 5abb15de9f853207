using System.Globalization;
using System.Net;
using ReleaseServer.Load.Clients;
using ReleaseServer.Load.Peers;
using ReleaseServer.Load.Report;

namespace ReleaseServer.Load.Scenarios;

/// <summary>S1 to S6: what one answer costs the processor, of three servers that run at the same time and are asked in turns.</summary>
internal sealed class Throughput(Lab lab) : IAsyncDisposable
{
    /// <summary>Those that share servers.</summary>
    public static readonly IReadOnlyList<string> Scenarios = ["S1", "S2", "S3", "S4", "S5", "S6"];

    private const int TarballConnections = 16;
    private const double Gigabyte = 1e9;
    private static readonly PeerKind[] All = [PeerKind.Ours, PeerKind.NginxFiles, PeerKind.NginxCache];

    private readonly Wrk _wrk = new(lab.Options.Assets);
    private readonly Rounds _rounds = new(lab);
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private readonly Dictionary<PeerKind, Peer> _peers = [];

    /// <summary>S1.</summary>
    public async Task HotFilesAsync(CancellationToken cancellationToken)
    {
        await CompareRequestsAsync("S1", "1 KB, CPU per request", Corpus.SmallPath, new WrkRequest(), Targets.SmallFile, All, cancellationToken);
        await CompareRequestsAsync("S1", "280 KB, CPU per request", Corpus.IndexPath, new WrkRequest(), Targets.IndexFile, All, cancellationToken);
        await CompareAsync(
            "S1",
            "1 KB over HTTP/2, CPU per request",
            All,
            static peer => async (seconds, token) => (await H2Load.RunAsync(new Uri(peer.ClearTextHttp2, Corpus.SmallPath), seconds, token)).Requests,
            Targets.SmallFileOverHttp2,
            Microseconds,
            cancellationToken);
    }

    /// <summary>S2.</summary>
    public async Task NotModifiedAsync(CancellationToken cancellationToken)
    {
        var fields = new Dictionary<PeerKind, string>();
        foreach (var kind in All)
        {
            var peer = await PeerAsync(kind, cancellationToken);
            using var whole = await AskAsync(peer, Corpus.SmallPath, HttpStatusCode.OK, [], cancellationToken);
            var tag = whole.Headers.ETag?.ToString() ?? throw new InvalidOperationException($"{peer.Name} sent no entity tag");
            fields[kind] = $"If-None-Match: {tag}";
            (await AskAsync(peer, Corpus.SmallPath, HttpStatusCode.NotModified, [("If-None-Match", tag)], cancellationToken)).Dispose();
        }

        await CompareAsync(
            "S2",
            "304, CPU per request",
            All,
            peer => RequestsOf(peer, Corpus.SmallPath, new WrkRequest { Field = fields[peer.Kind] }),
            Targets.NotModified,
            Microseconds,
            cancellationToken);
    }

    /// <summary>S3.</summary>
    public async Task HeadAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, path) in new[] { ("1 KB", Corpus.SmallPath), ("30 MB", Corpus.TarballPath) })
        {
            var request = HttpRequest.Head(path);
            await CompareAsync(
                "S3",
                $"HEAD of {name}, CPU per request",
                All,
                peer => async (seconds, token) => await FullLoad.RunAsync(peer.Address, request, 64, TimeSpan.FromSeconds(seconds), token),
                Targets.Head,
                Microseconds,
                cancellationToken);
        }
    }

    /// <summary>S4.</summary>
    public async Task TarballAsync(CancellationToken cancellationToken)
    {
        var whole = new WrkRequest { Connections = TarballConnections };
        await CompareAsync(
            "S4", "30 MB, CPU per GB", All, peer => GigabytesOf(new Uri(peer.Http, Corpus.TarballPath), whole), Targets.Tarball, Seconds, cancellationToken);

        var ranges = whole with { Range = lab.Scale.RangeBytes, Length = lab.Scale.TarballBytes };
        await CheckAsync(Corpus.TarballPath, HttpStatusCode.PartialContent, [("Range", "bytes=0-99")], cancellationToken);
        await CompareAsync(
            "S4", "1 MiB ranges, CPU per request", All, peer => RequestsOf(peer, Corpus.TarballPath, ranges), Targets.TarballRanges, Microseconds, cancellationToken);

        await CompareAsync(
            "S4", "30 MB over TLS, CPU per GB", All, peer => GigabytesOf(new Uri(peer.Https, Corpus.TarballPath), whole), Targets.TarballOverTls, Seconds, cancellationToken);
    }

    /// <summary>S5. A cache before a bucket has nothing to list.</summary>
    public Task ListingAsync(CancellationToken cancellationToken) => CompareRequestsAsync(
        "S5",
        $"listing of {lab.Scale.ListingEntries}, CPU per request",
        Corpus.ListingPath,
        new WrkRequest(),
        Targets.Listing,
        [PeerKind.Ours, PeerKind.NginxFiles],
        cancellationToken);

    /// <summary>S6: each server against itself.</summary>
    public async Task LatestAsync(CancellationToken cancellationToken)
    {
        await CheckAsync(Corpus.LatestSmallPath, HttpStatusCode.OK, [], cancellationToken);
        var contenders = new List<Contender>();
        foreach (var kind in All)
        {
            var peer = await PeerAsync(kind, cancellationToken);
            contenders.Add(new Contender($"{peer.Name} real", peer, RequestsOf(peer, Corpus.SmallPath, new WrkRequest())));
            contenders.Add(new Contender($"{peer.Name} latest", peer, RequestsOf(peer, Corpus.LatestSmallPath, new WrkRequest())));
        }

        var results = await _rounds.MeasureAsync("latest", contenders, cancellationToken);
        double RatioOf(PeerKind kind) => Rounds.Ratio(results[$"{Peer.NameOf(kind)} latest"], results[$"{Peer.NameOf(kind)} real"]);
        lab.Report.Add(new ReportRow("S6", "1 KB, CPU by /dist/latest/ to its real name")
        {
            Ours = Plain(RatioOf(PeerKind.Ours)),
            NginxFiles = Plain(RatioOf(PeerKind.NginxFiles)),
            NginxCache = Plain(RatioOf(PeerKind.NginxCache)),
            Result = RatioOf(PeerKind.Ours),
            Target = Targets.LatestToRealName,
        });
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await StopAsync();
    }

    /// <summary>Ends the servers; the scenarios after these start their own.</summary>
    public async Task StopAsync()
    {
        foreach (var peer in _peers.Values)
        {
            await peer.DisposeAsync();
        }

        _peers.Clear();
    }

    private static string Microseconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e6:0.0} us");

    private static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s");

    private static string Plain(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);

    private async Task CompareRequestsAsync(
        string scenario, string measure, string path, WrkRequest request, Target target, PeerKind[] kinds, CancellationToken cancellationToken)
    {
        foreach (var kind in kinds)
        {
            (await AskAsync(await PeerAsync(kind, cancellationToken), path, HttpStatusCode.OK, [], cancellationToken)).Dispose();
        }

        await CompareAsync(scenario, measure, kinds, peer => RequestsOf(peer, path, request), target, Microseconds, cancellationToken);
    }

    private async Task CompareAsync(
        string scenario,
        string measure,
        PeerKind[] kinds,
        Func<Peer, Func<int, CancellationToken, Task<double>>> work,
        Target target,
        Func<double, string> show,
        CancellationToken cancellationToken)
    {
        var contenders = new List<Contender>();
        foreach (var kind in kinds)
        {
            var peer = await PeerAsync(kind, cancellationToken);
            contenders.Add(new Contender(peer.Name, peer, work(peer)));
        }

        var results = await _rounds.MeasureAsync(measure, contenders, cancellationToken);
        string Show(PeerKind kind) => results.TryGetValue(Peer.NameOf(kind), out var values) ? show(Percentiles.Median(values)) : "-";
        lab.Report.Add(new ReportRow(scenario, measure)
        {
            Ours = Show(PeerKind.Ours),
            NginxFiles = Show(PeerKind.NginxFiles),
            NginxCache = Show(PeerKind.NginxCache),
            Result = Rounds.Ratio(results[Peer.NameOf(PeerKind.Ours)], results[Peer.NameOf(PeerKind.NginxFiles)]),
            Target = target,
        });
    }

    private Func<int, CancellationToken, Task<double>> RequestsOf(Peer peer, string path, WrkRequest request) =>
        async (seconds, token) => (await _wrk.RunAsync(new Uri(peer.Http, path), request, seconds, token)).Requests;

    // Bytes, not requests: of a large body, what was not finished was work all the same.
    private Func<int, CancellationToken, Task<double>> GigabytesOf(Uri address, WrkRequest request) =>
        async (seconds, token) => (await _wrk.RunAsync(address, request, seconds, token)).Bytes / Gigabyte;

    private async Task<Peer> PeerAsync(PeerKind kind, CancellationToken cancellationToken)
    {
        if (!_peers.TryGetValue(kind, out var peer))
        {
            _peers.Add(kind, peer = await lab.Peers.StartAsync(kind, cancellationToken));
        }

        return peer;
    }

    private async Task CheckAsync(string path, HttpStatusCode expected, (string Name, string Value)[] fields, CancellationToken cancellationToken)
    {
        foreach (var kind in All)
        {
            (await AskAsync(await PeerAsync(kind, cancellationToken), path, expected, fields, cancellationToken)).Dispose();
        }
    }

    // wrk sees that an answer is no error, but not that it is the right one.
    private async Task<HttpResponseMessage> AskAsync(
        Peer peer, string path, HttpStatusCode expected, (string Name, string Value)[] fields, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(peer.Http, path));
        foreach (var (name, value) in fields)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var response = await _http.SendAsync(request, cancellationToken);
        return response.StatusCode == expected
            ? response
            : throw new InvalidOperationException($"{peer.Name} answered {path} with {(int)response.StatusCode}, not {(int)expected}");
    }
}
