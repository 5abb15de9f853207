using System.Globalization;
using ReleaseServer.Load.Clients;
using ReleaseServer.Load.Peers;
using ReleaseServer.Load.Report;
using ReleaseServer.Load.Store;

namespace ReleaseServer.Load.Scenarios;

/// <summary>S13: what clients notice of Sentry and Slack both hanging in the middle of an outage, where each refused request is an alert.</summary>
internal sealed class HungSinks(Lab lab)
{
    private const string NoKey = "0123456789abcdef0123456789abcdef";

    // One request in ten is for what is not here while the bucket is away.
    private readonly IReadOnlyList<string> _paths =
        [.. Enumerable.Range(0, 10).SelectMany(number => lab.Corpus.MixOf(Corpus.Latest).Take(9).Append(Corpus.VirtualPath(1024, $"hung-{number}.bin")))];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var store = lab.RequireStore();
        await using var sinks = new HungListener();
        await using var quiet = await lab.Peers.StartAsync(PeerKind.Ours, cancellationToken);
        await using var told = await lab.Peers.StartAsync(
            PeerKind.Ours, [$"Sentry:Dsn=http://{NoKey}@127.0.0.1:{sinks.Port}/1", $"Slack:WebhookUrl=http://127.0.0.1:{sinks.Port}/services/hook"], cancellationToken);
        var loads = new[] { quiet, told }.Select(peer => new SteadyLoad(peer.Address, _paths, lab.Scale.MixConnections, lab.Scale.MixRate)).ToArray();
        var kept = new[] { quiet, told }.Select(peer => new SteadyLoad(peer.Address, lab.Corpus.MixOf(Corpus.Latest), lab.Scale.MixConnections, lab.Scale.MixRate)).ToArray();
        foreach (var load in kept)
        {
            await load.FillAsync(cancellationToken);
        }

        await store.SetModeAsync(StoreMode.Fail, cancellationToken);
        foreach (var load in loads)
        {
            await load.RunAsync(TimeSpan.FromSeconds(lab.Scale.WarmUpSeconds), cancellationToken);
        }

        // In turns, and each time the other one first: the machine's moods are nobody's fault.
        var ratios = new List<(double Half, double Most)>();
        var figures = new List<(TimeSpan Quiet50, TimeSpan Quiet99, TimeSpan Hung50, TimeSpan Hung99)>();
        for (var round = 0; round < 2 * lab.Options.Rounds; round++)
        {
            var samples = new IReadOnlyList<LoadSample>[2];
            foreach (var which in round % 2 == 0 ? [0, 1] : new[] { 1, 0 })
            {
                samples[which] = await loads[which].RunAsync(TimeSpan.FromSeconds(lab.Options.Seconds), cancellationToken);
            }

            var (q50, q99) = (Of(samples[0], 0.5), Of(samples[0], 0.99));
            var (h50, h99) = (Of(samples[1], 0.5), Of(samples[1], 0.99));
            ratios.Add((h50 / q50, h99 / q99));
            figures.Add((q50, q99, h50, h99));
        }

        Add("p50", [.. figures.Select(static figure => figure.Hung50)], [.. figures.Select(static figure => figure.Quiet50)], [.. ratios.Select(static ratio => ratio.Half)], sinks.Taken);
        Add("p99", [.. figures.Select(static figure => figure.Hung99)], [.. figures.Select(static figure => figure.Quiet99)], [.. ratios.Select(static ratio => ratio.Most)], sinks.Taken);
    }

    private static TimeSpan Of(IReadOnlyList<LoadSample> samples, double share) => Percentiles.Of(samples.Select(static sample => sample.Time), share);

    private void Add(string share, IReadOnlyList<TimeSpan> hung, IReadOnlyList<TimeSpan> quiet, IReadOnlyList<double> ratios, int taken) =>
        lab.Report.Add(new ReportRow("S13", $"Sentry and Slack hang in an outage: {share} of clients, to that without them")
        {
            Ours = $"{Milliseconds(hung)} to {Milliseconds(quiet)}",
            Result = Percentiles.Median(ratios),
            Target = Targets.WithHungSinks,
            Note = taken > 0 ? null : "they were never called",
        });

    private static string Milliseconds(IEnumerable<TimeSpan> times) =>
        string.Create(CultureInfo.InvariantCulture, $"{Percentiles.Median(times.Select(static time => time.TotalMilliseconds)):0.###} ms");
}
