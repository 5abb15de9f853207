using ReleaseServer.Alerting;

namespace ReleaseServer.Commands;

/// <summary>Tells that this node has started, where people were told that it had not (<see cref="StartFailure"/>). Works once the server listens, which does not wait for it.</summary>
internal sealed partial class StartRecovery(AlertMarks marks, AlertBoard board, IHostApplicationLifetime lifetime, ILogger<StartRecovery> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!started.Task.IsCompleted)
        {
            // A server that does not start stops.
            return;
        }

        if (marks.Read(AlertKind.StartFailed, StartFailure.Subject) is not { } left)
        {
            return;
        }

        // First of all: what cannot be removed would be told at each start.
        if (marks.Remove(AlertKind.StartFailed, StartFailure.Subject) is { } trouble)
        {
            LogNotRemoved(AlertKind.StartFailed, trouble);
            return;
        }

        board.Resolve(AlertKind.StartFailed, StartFailure.Subject, "It has started, and listens.", left);
    }

    [LoggerMessage(LogLevel.Warning, "The server has started, but that the alert {Kind} is over cannot be told, because it could not be remembered: {Reason}")]
    private partial void LogNotRemoved(AlertKind kind, string reason);
}
