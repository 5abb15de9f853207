using ReleaseServer.Alerting;

namespace ReleaseServer.Site;

/// <summary>Looks for a new generation again and again while the server runs.</summary>
internal sealed partial class SitePoller(SiteLoader loader, SiteOptions options, IAlerts alerts, TimeProvider clock, ILogger<SitePoller> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            // A tenth either way, so that the nodes of one fleet do not knock at the bucket together.
            var jitter = 0.9 + (Random.Shared.NextDouble() * 0.2);
            await Task.Delay(options.PollInterval * jitter, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await PollAsync(stoppingToken);
        }
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1031", Justification = "A programming error here must not stop the server or the polling")]
    private async Task PollAsync(CancellationToken cancellationToken)
    {
        try
        {
            await loader.RefreshAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            // The end of the server ends the poll as well, and is no trouble; the host would log it as a failure where the start itself failed.
            if (!cancellationToken.IsCancellationRequested)
            {
                LogBroken(exception);
                alerts.Raise(new Alert(AlertKind.Unexpected, ExceptionOrigin.Of(exception), exception.Message, exception));
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "Looking for a new site generation failed")]
    private partial void LogBroken(Exception exception);
}
