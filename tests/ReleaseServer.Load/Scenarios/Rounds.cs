using System.Globalization;
using ReleaseServer.Load.Clients;
using ReleaseServer.Load.Peers;
using ReleaseServer.Load.Report;

namespace ReleaseServer.Load.Scenarios;

/// <summary>One of the things that a measure compares.</summary>
/// <param name="WorkAsync">Does the work for so many seconds and returns how much it was, in requests or gigabytes.</param>
internal sealed record Contender(string Name, Peer Peer, Func<int, CancellationToken, Task<double>> WorkAsync);

/// <summary>Processor time of a server per unit of work, taken in turns, so that what disturbs the machine disturbs all.</summary>
internal sealed class Rounds(Lab lab)
{
    // What a server does after the last answer (closing connections) belongs to the work.
    private static readonly TimeSpan Afterwards = TimeSpan.FromMilliseconds(100);

    /// <returns>Seconds of processor time per unit, a figure per round, by the contender's name.</returns>
    public async Task<IReadOnlyDictionary<string, double[]>> MeasureAsync(
        string measure, IReadOnlyList<Contender> contenders, CancellationToken cancellationToken)
    {
        var results = contenders.ToDictionary(static contender => contender.Name, _ => new double[lab.Options.Rounds]);
        if (lab.Options.IsSmoke)
        {
            // All at once: who measures nothing need not take turns.
            await Task.WhenAll(contenders.Select(contender => MeasureOneAsync(measure, contender, round: 0, results, cancellationToken)));
            return results;
        }

        if (lab.Scale.WarmUpSeconds > 0)
        {
            foreach (var contender in contenders)
            {
                await contender.WorkAsync(lab.Scale.WarmUpSeconds, cancellationToken);
            }
        }

        for (var round = 0; round < lab.Options.Rounds; round++)
        {
            // Another begins each time: nobody is always the one after a busy neighbour.
            foreach (var contender in contenders.Skip(round % contenders.Count).Concat(contenders.Take(round % contenders.Count)))
            {
                await MeasureOneAsync(measure, contender, round, results, cancellationToken);
            }
        }

        return results;
    }

    /// <summary>The median of the rounds' own ratios.</summary>
    public static double Ratio(double[] left, double[] right) => Percentiles.Median(left.Zip(right, static (one, other) => one / other));

    private async Task MeasureOneAsync(
        string measure, Contender contender, int round, Dictionary<string, double[]> results, CancellationToken cancellationToken)
    {
        var before = contender.Peer.Figures.CpuSeconds();
        var units = await contender.WorkAsync(lab.Options.Seconds, cancellationToken);
        await Task.Delay(Afterwards, TimeProvider.System, cancellationToken);
        var seconds = contender.Peer.Figures.CpuSeconds() - before;
        results[contender.Name][round] = seconds / units;
        ReportTable.Progress(string.Create(
            CultureInfo.InvariantCulture,
            $"   {measure}, round {round + 1}, {contender.Name}: {seconds:0.00} s of processor time, {units / lab.Options.Seconds:0.##} a second"));
    }
}
