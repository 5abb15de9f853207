using System.Runtime.InteropServices;
using ReleaseServer.Load.Report;

namespace ReleaseServer.Load.Scenarios;

/// <summary>Runs the scenarios that were asked for, one after the other, and prints the table.</summary>
internal static class RunCommand
{
    // None takes a quarter of it.
    private static readonly TimeSpan ScenarioLimit = TimeSpan.FromMinutes(20);

    /// <returns>0 when all was measured, whatever the figures; 1 otherwise.</returns>
    public static async Task<int> RunAsync(LoadOptions options)
    {
        using var stop = new CancellationTokenSource();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        void Stop(PosixSignalContext signal)
        {
            // The servers are ended first.
            signal.Cancel = true;
            stop.Cancel();
        }

        await using var lab = await Lab.StartAsync(options, stop.Token);
        await using (var throughput = new Throughput(lab))
        {
            foreach (var name in options.Scenarios)
            {
                if (!Throughput.Scenarios.Contains(name))
                {
                    await throughput.StopAsync();
                }

                await RunOneAsync(lab, throughput, name, stop.Token);
            }
        }

        var heading = await Conditions.DescribeAsync(options, lab.Peers.HasCache, CancellationToken.None);
        var table = lab.Report.ToMarkdown(heading);
        await Console.Out.WriteAsync(table);
        if (options.Markdown is { } path)
        {
            MarkdownFile.Write(path, table);
        }

        return lab.Report.HasFaults ? 1 : 0;
    }

    private static async Task RunOneAsync(Lab lab, Throughput throughput, string name, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(ScenarioLimit);
        var started = TimeProvider.System.GetTimestamp();
        ReportTable.Progress($"== {name}");
        try
        {
            await (name switch
            {
                "S1" => throughput.HotFilesAsync(limit.Token),
                "S2" => throughput.NotModifiedAsync(limit.Token),
                "S3" => throughput.HeadAsync(limit.Token),
                "S4" => throughput.TarballAsync(limit.Token),
                "S5" => throughput.ListingAsync(limit.Token),
                "S6" => throughput.LatestAsync(limit.Token),
                "S7" => new ColdHerd(lab).RunAsync(limit.Token),
                "S8" => new ReleaseDay(lab).RunAsync(limit.Token),
                "S9" => new FailingBucket(lab).RunAsync(limit.Token),
                "S10" => new Memory(lab).RunAsync(limit.Token),
                "S11" => new Idle(lab).RunAsync(limit.Token),
                "S13" => new HungSinks(lab).RunAsync(limit.Token),
                "S14" => new SlowClients(lab).RunAsync(limit.Token),
                "S15" => new Restart(lab).RunAsync(limit.Token),
                _ => new StartUp(lab).RunAsync(limit.Token),
            });
        }
        catch (Exception exception) when (!stop.IsCancellationRequested)
        {
            lab.Report.Fail(name, exception.Message);
        }
        finally
        {
            // The bucket is in order for the next one, whatever happened to this.
            await (lab.Store?.HealAsync(CancellationToken.None) ?? Task.CompletedTask);
            ReportTable.Progress($"   {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s");
        }
    }
}
