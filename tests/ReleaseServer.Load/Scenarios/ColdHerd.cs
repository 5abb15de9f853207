using System.Globalization;
using ReleaseServer.Load.Clients;
using ReleaseServer.Load.Peers;
using ReleaseServer.Load.Report;

namespace ReleaseServer.Load.Scenarios;

/// <summary>S7: many clients at once on one large object that no server has yet, from a bucket of limited speed.</summary>
internal sealed class ColdHerd(Lab lab)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var ours = await MeasureAsync(PeerKind.Ours, cancellationToken);
        var cache = await MeasureAsync(PeerKind.NginxCache, cancellationToken);

        lab.Report.Add(new ReportRow("S7", $"{lab.Scale.HerdClients} clients on a cold 30 MB object: bucket GETs")
        {
            Ours = Count(ours.BucketRequests),
            NginxCache = Count(cache.BucketRequests),
            Result = ours.BucketRequests,
            Target = Targets.HerdBucketRequests,
        });
        lab.Report.Add(new ReportRow("S7", "first byte, p50") { Ours = Show(ours, ours.FirstMedian), NginxCache = Show(cache, cache.FirstMedian) });
        lab.Report.Add(new ReportRow("S7", "first byte, p99, to nginx cache")
        {
            Ours = Show(ours, ours.First),
            NginxCache = Show(cache, cache.First),
            Result = ours.First / cache.First,
            Target = Targets.HerdFirstByte,
        });
        lab.Report.Add(new ReportRow("S7", "last byte, p99, to nginx cache")
        {
            Ours = Show(ours, ours.Last),
            NginxCache = Show(cache, cache.Last),
            Result = ours.Last / cache.Last,
            Target = Targets.HerdLastByte,
        });
    }

    private static string Count(double count) => count.ToString("0", CultureInfo.InvariantCulture);

    private static string Show(Figures figures, double seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0} ms") + (figures.Unfinished > 0 ? $" ({figures.Unfinished:0} gave up)" : "");

    private async Task<Figures> MeasureAsync(PeerKind kind, CancellationToken cancellationToken)
    {
        var store = lab.RequireStore();
        await using var peer = await lab.Peers.StartAsync(kind, cancellationToken);
        await store.SetTotalRateAsync(lab.Scale.HerdBucketRate, cancellationToken);
        var rounds = new List<Figures>();
        for (var round = 0; round < lab.Options.Rounds; round++)
        {
            // Another name each time: cold, for a server that is warm.
            var path = Corpus.VirtualPath(lab.Scale.TarballBytes, $"herd-{kind}-{round}.bin");
            await store.ResetAsync(cancellationToken);
            var herd = await Herd.RunAsync(peer.Address, path, lab.Scale.HerdClients, lab.Scale.HerdLimit, cancellationToken);
            var requests = await store.CountAsync(static count => count.Kind == "GET", cancellationToken);
            // Who gave up waited at least that long.
            var given = Enumerable.Repeat(lab.Scale.HerdLimit, herd.Unfinished).ToArray();
            rounds.Add(new Figures(
                requests,
                Percentiles.Of([.. herd.FirstByte, .. given], 0.5).TotalSeconds,
                Percentiles.Of([.. herd.FirstByte, .. given], 0.99).TotalSeconds,
                Percentiles.Of([.. herd.LastByte, .. given], 0.99).TotalSeconds,
                herd.Unfinished));
        }

        await store.HealAsync(cancellationToken);
        return new Figures(
            // The worst, not the median: one is one.
            rounds.Max(static figures => figures.BucketRequests),
            Percentiles.Median(rounds.Select(static figures => figures.FirstMedian)),
            Percentiles.Median(rounds.Select(static figures => figures.First)),
            Percentiles.Median(rounds.Select(static figures => figures.Last)),
            rounds.Max(static figures => figures.Unfinished));
    }

    /// <summary>Times in seconds.</summary>
    private sealed record Figures(double BucketRequests, double FirstMedian, double First, double Last, double Unfinished);
}
