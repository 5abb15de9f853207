using System.Globalization;
using ReleaseServer.Load.Clients;
using ReleaseServer.Load.Peers;
using ReleaseServer.Load.Report;

namespace ReleaseServer.Load.Scenarios;

/// <summary>S8: a steady load on two releases; in its middle one of them is purged, and then everything.</summary>
internal sealed class ReleaseDay(Lab lab)
{
    private static readonly TimeSpan BucketLatency = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(500);
    private readonly IReadOnlyList<string> _changed = lab.Corpus.MixOf(Corpus.Latest);
    private readonly IReadOnlyList<string> _all = [.. lab.Corpus.MixOf(Corpus.Latest), .. lab.Corpus.MixOf(Corpus.Older)];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var ours = await MeasureAsync(PeerKind.Ours, cancellationToken);
        var cache = await MeasureAsync(PeerKind.NginxCache, cancellationToken);
        Add("purge of one release", ours.Release, cache.Release, _changed.Count);
        Add("purge of everything", ours.Everything, cache.Everything, _all.Count);
        lab.Report.Add(new ReportRow("S8", "errors")
        {
            Ours = Count(ours.Errors),
            NginxCache = Count(cache.Errors),
            Result = ours.Errors,
            Target = Targets.NoErrors,
        });
    }

    private static string Count(long count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms");

    private void Add(string purge, Consequences ours, Consequences cache, int changedKeys)
    {
        var note = lab.Peers.HasPurge ? null : "it has no purge yet";
        lab.Report.Add(new ReportRow("S8", $"{purge}: bucket requests")
        {
            Ours = Count(ours.BucketRequests),
            NginxCache = Count(cache.BucketRequests),
            Result = ours.BucketRequests,
            Target = Targets.PurgeBucketRequests(changedKeys),
            Note = note,
        });
        lab.Report.Add(new ReportRow("S8", $"{purge}: slowest answer")
        {
            Ours = Milliseconds(ours.Slowest),
            NginxCache = Milliseconds(cache.Slowest),
            Result = ours.Slowest.TotalMilliseconds,
            Target = Targets.SlowestAfterPurge(BucketLatency),
            Note = note,
        });
    }

    private async Task<(Consequences Release, Consequences Everything, long Errors)> MeasureAsync(PeerKind kind, CancellationToken cancellationToken)
    {
        var store = lab.RequireStore();
        await using var peer = await lab.Peers.StartAsync(kind, cancellationToken);
        await store.SetLatencyAsync(BucketLatency, cancellationToken);
        var load = new SteadyLoad(peer.Address, _all, lab.Scale.MixConnections, lab.Scale.MixRate);
        await load.FillAsync(cancellationToken);
        // The first second of a server's load is its compiler's.
        await load.RunAsync(TimeSpan.FromSeconds(lab.Scale.WarmUpSeconds), cancellationToken);

        using var http = new HttpClient();
        var purge = new Purge(http);
        var started = TimeProvider.System.GetTimestamp();
        var before = TimeSpan.FromSeconds(lab.Options.Seconds);
        var running = load.RunAsync(before + (2 * (lab.Scale.PurgeWindow + Margin)), cancellationToken);
        await Task.Delay(before, TimeProvider.System, cancellationToken);
        var release = await PurgeAsync($"tag=release:{Corpus.Latest}", _changed);
        var everything = await PurgeAsync("all=true", _all);
        var samples = await running;
        await store.HealAsync(cancellationToken);
        return (Judge(release, samples), Judge(everything, samples), samples.Count(static sample => sample.IsError));

        async Task<(TimeSpan At, long BucketRequests)> PurgeAsync(string tag, IReadOnlyList<string> paths)
        {
            await store.ResetAsync(cancellationToken);
            var at = TimeProvider.System.GetElapsedTime(started);
            if (kind != PeerKind.Ours || lab.Peers.HasPurge)
            {
                await purge.RunAsync(peer, tag, paths, cancellationToken);
            }

            await Task.Delay(lab.Scale.PurgeWindow, TimeProvider.System, cancellationToken);
            return (at, await store.CountAsync(static _ => true, cancellationToken));
        }
    }

    private Consequences Judge((TimeSpan At, long BucketRequests) purge, IReadOnlyList<LoadSample> samples)
    {
        // What was sent shortly before may meet the purge as well.
        var (from, to) = (purge.At - BucketLatency, purge.At + lab.Scale.PurgeWindow);
        var times = samples.Where(sample => sample.At >= from && sample.At <= to).Select(static sample => sample.Time);
        return new Consequences(purge.BucketRequests, Percentiles.Of(times, 1));
    }

    private sealed record Consequences(long BucketRequests, TimeSpan Slowest);
}
