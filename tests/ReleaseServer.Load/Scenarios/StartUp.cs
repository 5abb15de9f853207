using System.Globalization;
using ReleaseServer.Load.Clients;
using ReleaseServer.Load.Peers;
using ReleaseServer.Load.Report;

namespace ReleaseServer.Load.Scenarios;

/// <summary>S12: from the start of the process to the first object from the bucket.</summary>
internal sealed class StartUp(Lab lab)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var (ours, cache) = (new List<double>(), new List<double>());
        for (var round = 0; round < lab.Options.Rounds; round++)
        {
            ours.Add(await MeasureAsync(PeerKind.Ours, cancellationToken));
            cache.Add(await MeasureAsync(PeerKind.NginxCache, cancellationToken));
        }

        lab.Report.Add(new ReportRow("S12", "start to the first object from the bucket")
        {
            Ours = Milliseconds(Percentiles.Median(ours)),
            NginxCache = Milliseconds(Percentiles.Median(cache)),
            Result = Percentiles.Median(ours),
            Target = Targets.Start,
        });
    }

    private static string Milliseconds(double time) => string.Create(CultureInfo.InvariantCulture, $"{time:0} ms");

    private async Task<double> MeasureAsync(PeerKind kind, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        await using var peer = lab.Peers.Launch(kind, []);
        await PeerStarter.AwaitFirstByteAsync(peer, Corpus.SmallPath, cancellationToken);
        return TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
    }
}
