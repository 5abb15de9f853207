namespace ReleaseServer.Pipeline;

/// <summary>Whether the server is about to stop; and the time in which others may notice, before anything does.</summary>
internal sealed class StopNotice(IHostApplicationLifetime lifetime, ServerOptions options, TimeProvider clock) : IHostedLifecycleService
{
    private volatile bool _isStopping;

    /// <summary>Whether a signal to stop has come. No I/O, no lock.</summary>
    public bool IsStopping => _isStopping || lifetime.ApplicationStopping.IsCancellationRequested;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        return options.StopDelay == TimeSpan.Zero ? Task.CompletedTask : Task.Delay(options.StopDelay, clock, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
