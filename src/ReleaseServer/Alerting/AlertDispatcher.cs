using System.Diagnostics.CodeAnalysis;

namespace ReleaseServer.Alerting;

/// <summary>
/// Runs the queues of all sinks, and lets time pass for <see cref="AlertBoard"/>. At the end of the process, what waits is still sent, within a limit.
/// </summary>
[SuppressMessage("Usage", "CA2213", Justification = "Token sources without timers hold nothing, and tasks look at them after the end")]
internal sealed partial class AlertDispatcher(
    AlertBoard board, IReadOnlyList<AlertQueue> queues, TimeProvider clock, ILogger<AlertDispatcher> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan SweepTime = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _endOfSweeps = new();
    private readonly List<Run> _runs = [];
    private Task _sweeping = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var queue in queues)
        {
            LogConnected(queue.Sink.Name, queue.Sink.Destination);

            // Not the token of the start: it would end what was started.
            var end = new CancellationTokenSource();
            _runs.Add(new Run(queue, queue.RunAsync(end.Token), end));
        }

        _sweeping = SweepAsync();
        return Task.CompletedTask;
    }

    /// <summary>Sends what waits and ends; each sink has its own limit of time, and all of them theirs together.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _endOfSweeps.CancelAsync();
        await _sweeping;
        await Task.WhenAll(_runs.Select(run => EndAsync(run, cancellationToken)));
    }

    // A host that was never stopped ends here: nothing may go on behind it.
    public void Dispose()
    {
        _endOfSweeps.Cancel();
        foreach (var run in _runs)
        {
            run.End.Cancel();
        }
    }

    private async Task EndAsync(Run run, CancellationToken cancellationToken)
    {
        run.Queue.Complete();
        await Task.WhenAny(run.Running, Task.Delay(run.Queue.Sink.ShutdownTimeout, clock, cancellationToken));
        var inTime = run.Running.IsCompleted;
        await run.End.CancelAsync();
        await run.Running;
        if (!inTime)
        {
            LogGivenUp(run.Queue.Sink.Name, run.Queue.Waiting);
        }
    }

    private async Task SweepAsync()
    {
        while (!_endOfSweeps.IsCancellationRequested)
        {
            await Task.Delay(SweepTime, clock, _endOfSweeps.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            board.Sweep();
        }
    }

    [LoggerMessage(LogLevel.Information, "Alerts go to {Sink}: {Destination}")]
    private partial void LogConnected(string sink, string destination);

    [LoggerMessage(LogLevel.Warning, "{Sink} did not take the last alerts in time; {Waiting} still waited")]
    private partial void LogGivenUp(string sink, int waiting);

    private sealed record Run(AlertQueue Queue, Task Running, CancellationTokenSource End);
}
