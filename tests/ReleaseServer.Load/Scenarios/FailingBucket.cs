using System.Globalization;
using ReleaseServer.Load.Clients;
using ReleaseServer.Load.Peers;
using ReleaseServer.Load.Report;
using ReleaseServer.Load.Store;

namespace ReleaseServer.Load.Scenarios;

/// <summary>S9: what was served before goes on being served while the bucket refuses, fails, hangs or is slow; and a miss fails soon.</summary>
internal sealed class FailingBucket(Lab lab)
{
    private static readonly TimeSpan SlowLatency = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MissLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(30);

    private static readonly (string Name, StoreMode Mode, TimeSpan Latency)[] Faults =
    [
        ("refuses", StoreMode.Refuse, TimeSpan.Zero),
        ("answers 503", StoreMode.Fail, TimeSpan.Zero),
        ("hangs", StoreMode.Hang, TimeSpan.Zero),
        ("takes 2 s", StoreMode.Normal, SlowLatency),
    ];

    private readonly IReadOnlyList<string> _paths = [.. lab.Corpus.MixOf(Corpus.Latest), .. lab.Corpus.MixOf(Corpus.Older)];
    private int _missNumber;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var ours = await MeasureAsync(PeerKind.Ours, cancellationToken);
        var cache = await MeasureAsync(PeerKind.NginxCache, cancellationToken);
        foreach (var (one, other) in ours.Zip(cache))
        {
            Add(one, other);
        }
    }

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.##} ms");

    private static string Describe(Miss first, Miss last) =>
        string.Create(CultureInfo.InvariantCulture, $"{first.Time.TotalMilliseconds:0} / {last.Time.TotalMilliseconds:0} ms ({last.Status})");

    private void Add(Figures ours, Figures cache)
    {
        lab.Report.Add(new ReportRow("S9", $"bucket {ours.Fault}: errors on what was kept")
        {
            Ours = $"{ours.Errors} of {ours.Requests}",
            NginxCache = $"{cache.Errors} of {cache.Requests}",
            Result = ours.Errors,
            Target = Targets.NoErrors,
        });
        lab.Report.Add(new ReportRow("S9", $"bucket {ours.Fault}: p99 of what was kept, to that before")
        {
            Ours = $"{Milliseconds(ours.Failing)} to {Milliseconds(ours.Healthy)}",
            NginxCache = $"{Milliseconds(cache.Failing)} to {Milliseconds(cache.Healthy)}",
            // How soon an error comes is no merit.
            Result = ours.Errors == 0 ? ours.Failing / ours.Healthy : null,
            Target = Targets.WhileBucketFails,
            Note = ours.Errors == 0 ? null : "errors",
        });
        lab.Report.Add(new ReportRow("S9", $"bucket {ours.Fault}: a miss, the first / a later one (status)")
        {
            Ours = Describe(ours.FirstMiss, ours.LaterMiss),
            NginxCache = Describe(cache.FirstMiss, cache.LaterMiss),
            Result = ours.Fault == "hangs" ? ours.LaterMiss.Time.TotalMilliseconds : null,
            Target = ours.Fault == "hangs" ? Targets.MissWhileBucketHangs : null,
        });
    }

    private async Task<IReadOnlyList<Figures>> MeasureAsync(PeerKind kind, CancellationToken cancellationToken)
    {
        var store = lab.RequireStore();
        await using var peer = await lab.Peers.StartAsync(kind, cancellationToken);
        var load = new SteadyLoad(peer.Address, _paths, lab.Scale.MixConnections, lab.Scale.MixRate);
        await load.FillAsync(cancellationToken);
        await load.RunAsync(TimeSpan.FromSeconds(lab.Scale.WarmUpSeconds), cancellationToken);

        // Twice as long as other measures: a p99 needs many. The first round only compiles what failing takes.
        var phase = TimeSpan.FromSeconds(lab.Scale.WarmUpSeconds == 0 ? 0.5 : 2 * lab.Options.Seconds);
        var rounds = new List<List<Figures>>();
        for (var round = 0; round <= lab.Options.Rounds; round++)
        {
            rounds.Add([]);
            foreach (var (name, mode, latency) in Faults)
            {
                ReportTable.Progress($"   {peer.Name}: bucket {name}, round {round}");
                var healthy = await load.RunAsync(phase, cancellationToken);
                await store.SetLatencyAsync(latency, cancellationToken);
                await store.SetModeAsync(mode, cancellationToken);
                var running = load.RunAsync(phase, cancellationToken);
                var misses = await MissAsync(peer, cancellationToken);
                var failing = await running;
                await store.HealAsync(cancellationToken);
                await AwaitRecoveryAsync(peer, cancellationToken);
                rounds[^1].Add(new Figures(
                    name,
                    failing.Count,
                    failing.Count(static sample => sample.IsError),
                    Percentiles.Of(healthy.Select(static sample => sample.Time), 0.99),
                    Percentiles.Of(failing.Select(static sample => sample.Time), 0.99),
                    misses[0],
                    misses[^1]));
            }
        }

        return [.. Faults.Select((_, fault) => Middle([.. rounds.Skip(1).Select(round => round[fault])], rounds.Sum(round => round[fault].Errors)))];
    }

    // The round whose ratio is the median one; errors of all rounds count.
    private static Figures Middle(IReadOnlyList<Figures> rounds, int errors) =>
        rounds.OrderBy(static figures => figures.Failing / figures.Healthy).ElementAt((rounds.Count - 1) / 2) with { Errors = errors };

    private async Task<IReadOnlyList<Miss>> MissAsync(Peer peer, CancellationToken cancellationToken)
    {
        var misses = new List<Miss>();
        for (var number = 0; number < lab.Scale.Misses; number++)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(MissLimit);
            using var connection = new LoadConnection(peer.Address);
            var started = TimeProvider.System.GetTimestamp();
            try
            {
                var answer = await connection.TrySendAsync(NextMiss(), limit.Token);
                misses.Add(new Miss(answer?.Status ?? 0, TimeProvider.System.GetElapsedTime(started)));
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                misses.Add(new Miss(0, MissLimit));
            }
        }

        return misses;
    }

    // Whoever stopped asking a bucket that failed has to notice that it is back, before the next fault.
    private async Task AwaitRecoveryAsync(Peer peer, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var connection = new LoadConnection(peer.Address);
        while (await connection.TrySendAsync(NextMiss(), cancellationToken) is not { Status: 200 })
        {
            if (TimeProvider.System.GetElapsedTime(started) > RecoveryLimit)
            {
                throw new TimeoutException($"{peer.Name} did not notice within {RecoveryLimit.TotalSeconds} s that the bucket is back");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }
    }

    private HttpRequest NextMiss() => HttpRequest.Get(Corpus.VirtualPath(1024, $"miss-{++_missNumber}.bin"));

    /// <param name="Status">0 where no answer came.</param>
    private readonly record struct Miss(int Status, TimeSpan Time);

    private sealed record Figures(string Fault, int Requests, int Errors, TimeSpan Healthy, TimeSpan Failing, Miss FirstMiss, Miss LaterMiss);
}
