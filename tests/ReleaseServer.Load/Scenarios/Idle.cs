using System.Globalization;
using ReleaseServer.Load.Clients;
using ReleaseServer.Load.Peers;
using ReleaseServer.Load.Report;

namespace ReleaseServer.Load.Scenarios;

/// <summary>S11: thousands of connections that wait: what each takes, whether it is still answered, and what the others notice.</summary>
internal sealed class Idle(Lab lab)
{
    // Of the files that a process may open: its own, and those of the requests beside.
    private const int Reserved = 2000;

    private readonly Wrk _wrk = new(lab.Options.Assets);
    private readonly int _count = Math.Min(lab.Scale.IdleConnections, OpenFilesLimit() - Reserved);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var ours = await MeasureAsync(PeerKind.Ours, cancellationToken);
        var files = await MeasureAsync(PeerKind.NginxFiles, cancellationToken);
        lab.Report.Add(new ReportRow("S11", $"{_count} idle connections: memory of each")
        {
            Ours = Kilobytes(ours.PerConnection),
            NginxFiles = Kilobytes(files.PerConnection),
            Result = ours.PerConnection / 1e3,
            Target = Targets.IdleConnection,
        });
        lab.Report.Add(new ReportRow("S11", "not answered afterwards")
        {
            Ours = Count(ours.Lost),
            NginxFiles = Count(files.Lost),
            Result = ours.Lost,
            Target = Targets.NoErrors,
        });
        lab.Report.Add(new ReportRow("S11", "rate of 1 KB requests beside them, to that without")
        {
            Ours = Plain(ours.Rate),
            NginxFiles = Plain(files.Rate),
            Result = ours.Rate,
            Target = Targets.RateBesideIdle,
        });
    }

    private static string Kilobytes(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} KB");

    private static string Count(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Plain(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);

    // The hard limit: .NET raises its own to that, and children inherit it.
    private static int OpenFilesLimit()
    {
        const string Field = "Max open files";
        var line = File.ReadLines("/proc/self/limits").First(static line => line.StartsWith(Field, StringComparison.Ordinal));
        var hard = line[Field.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return int.TryParse(hard, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : int.MaxValue;
    }

    private async Task<Figures> MeasureAsync(PeerKind kind, CancellationToken cancellationToken)
    {
        await using var peer = await lab.Peers.StartAsync(kind, cancellationToken);
        await RateAsync(peer, Math.Max(1, lab.Scale.WarmUpSeconds), cancellationToken);
        var perConnection = new List<double>();
        var rates = new List<double>();
        var lost = 0;
        for (var round = 0; round < lab.Options.Rounds; round++)
        {
            var without = await RateAsync(peer, lab.Options.Seconds, cancellationToken);
            using var idle = new IdleConnections(peer.Address);
            var before = peer.Figures.AnonymousBytes();
            await idle.OpenAsync(Corpus.SmallPath, _count, cancellationToken);
            await Task.Delay(lab.Scale.Settle, TimeProvider.System, cancellationToken);
            perConnection.Add((peer.Figures.AnonymousBytes() - before) / (double)_count);
            rates.Add(await RateAsync(peer, lab.Options.Seconds, cancellationToken) / without);
            lost = Math.Max(lost, _count - await idle.AskAsync(Corpus.SmallPath, cancellationToken));
        }

        // Of the first round: later ones use again what it left.
        return new Figures(perConnection[0], lost, Percentiles.Median(rates));
    }

    private async Task<double> RateAsync(Peer peer, int seconds, CancellationToken cancellationToken)
    {
        var result = await _wrk.RunAsync(new Uri(peer.Http, Corpus.SmallPath), new WrkRequest(), seconds, cancellationToken);
        return result.Requests / result.Seconds;
    }

    /// <param name="PerConnection">Bytes.</param>
    /// <param name="Rate">Beside the idle ones, to that without.</param>
    private sealed record Figures(double PerConnection, int Lost, double Rate);
}
