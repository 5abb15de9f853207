using System.Globalization;
using ReleaseServer.Load.Clients;
using ReleaseServer.Load.Peers;
using ReleaseServer.Load.Report;
using ReleaseServer.Load.Store;

namespace ReleaseServer.Load.Scenarios;

/// <summary>S15: from a kill (SIGKILL) to the first whole answer again, out of the cache on disk, with a supervisor that waits as ours does.</summary>
internal sealed class Restart(Lab lab)
{
    /// <summary><c>RestartSec</c> of <c>deploy/systemd/releaseserver.service</c>.</summary>
    private static readonly TimeSpan Supervisor = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var store = lab.RequireStore();
        foreach (var isAway in new[] { false, true })
        {
            var times = new List<double>();
            for (var round = 0; round < lab.Options.Rounds; round++)
            {
                times.Add(await MeasureAsync(isAway ? StoreMode.Refuse : StoreMode.Normal, cancellationToken));
                await store.HealAsync(cancellationToken);
            }

            lab.Report.Add(new ReportRow("S15", $"killed, started again after {Supervisor.TotalSeconds} s: 30 MB out of the disk cache{(isAway ? ", the bucket away" : "")}")
            {
                Ours = string.Create(CultureInfo.InvariantCulture, $"{Percentiles.Median(times):0} ms"),
                Result = Percentiles.Median(times),
                Target = Targets.Restart,
            });
        }
    }

    private async Task<double> MeasureAsync(StoreMode mode, CancellationToken cancellationToken)
    {
        await using var peer = await lab.Peers.StartAsync(PeerKind.Ours, cancellationToken);
        await PeerStarter.AwaitFirstByteAsync(peer, Corpus.TarballPath, cancellationToken);
        await lab.RequireStore().SetModeAsync(mode, cancellationToken);
        var started = TimeProvider.System.GetTimestamp();
        await peer.KillAsync();
        await Task.Delay(Supervisor, TimeProvider.System, cancellationToken);
        await using var next = lab.Peers.LaunchAgain(peer);
        await PeerStarter.AwaitFirstByteAsync(next, Corpus.TarballPath, cancellationToken);
        return TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
    }
}
