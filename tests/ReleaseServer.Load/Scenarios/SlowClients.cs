using System.Globalization;
using ReleaseServer.Load.Clients;
using ReleaseServer.Load.Peers;
using ReleaseServer.Load.Report;

namespace ReleaseServer.Load.Scenarios;

/// <summary>S14: what others notice of a thousand clients that never end their request and a thousand that hardly read, and how soon the first are gone.</summary>
internal sealed class SlowClients(Lab lab)
{
    /// <summary>Longer than a client may take for its request's head.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    private readonly IReadOnlyList<string> _paths = lab.Corpus.MixOf(Corpus.Latest);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var peer = await lab.Peers.StartAsync(PeerKind.Ours, [$"Server:RequestHeadersTimeout={lab.Scale.HeadersTimeout.TotalSeconds}s"], cancellationToken);
        var load = new SteadyLoad(peer.Address, [.. _paths, Corpus.TarballPath], lab.Scale.MixConnections, lab.Scale.MixRate);
        await load.FillAsync(cancellationToken);
        load = new SteadyLoad(peer.Address, _paths, lab.Scale.MixConnections, lab.Scale.MixRate);
        await load.RunAsync(TimeSpan.FromSeconds(lab.Scale.WarmUpSeconds), cancellationToken);

        var phase = 2 * TimeSpan.FromSeconds(lab.Options.Seconds);
        var before = await load.RunAsync(phase, cancellationToken);

        using var slowHeads = new SlowHeads();
        using var slowReaders = new SlowReaders();
        var started = TimeProvider.System.GetTimestamp();
        var dripping = slowHeads.RunAsync(peer.Address, lab.Scale.SlowClients, Patience, cancellationToken);
        var reading = slowReaders.RunAsync(peer.Address, Corpus.TarballPath, lab.Scale.SlowClients, lab.Scale.HeadersTimeout + phase, cancellationToken);
        // Two thousand connections at once are a matter of the moment, and of this program, which makes them.
        await Task.Delay(lab.Scale.Settle, TimeProvider.System, cancellationToken);
        var beside = await load.RunAsync(phase, cancellationToken);
        var inTime = TimeProvider.System.GetElapsedTime(started) < lab.Scale.HeadersTimeout;
        var lives = await dripping;
        var closed = await reading;

        // A machine has faster and slower minutes: quiet is before and after.
        var after = await load.RunAsync(phase, cancellationToken);
        var (quiet, with) = (Percentiles.Of(before.Concat(after).Select(static sample => sample.Time), 0.99), Percentiles.Of(beside.Select(static sample => sample.Time), 0.99));
        var count = lab.Scale.SlowClients;
        lab.Report.Add(new ReportRow("S14", $"{count} slow requests and {count} slow readers: p99 of others, to that without")
        {
            Ours = $"{Milliseconds(with)} to {Milliseconds(quiet)}",
            Result = with / quiet,
            Target = Targets.BesideSlowClients,
            Note = inTime ? null : "the slow ones were gone before the end of it",
        });
        lab.Report.Add(new ReportRow("S14", "errors of others")
        {
            Ours = $"{beside.Count(static sample => sample.IsError)} of {beside.Count}",
            Result = beside.Count(static sample => sample.IsError),
            Target = Targets.NoErrors,
        });
        lab.Report.Add(new ReportRow("S14", "the last slow request is gone after")
        {
            Ours = string.Create(CultureInfo.InvariantCulture, $"{lives.Max().TotalSeconds:0.0} s"),
            Result = lives.Max().TotalSeconds,
            Target = Targets.SlowRequestGone,
        });
        lab.Report.Add(new ReportRow("S14", "slow readers of 4 KB a second that were cut off")
        {
            Ours = $"{closed} of {count}",
            Result = closed,
            Target = Targets.NoErrors,
        });
    }

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.##} ms");
}
