namespace ReleaseServer.Origin;

/// <summary>Looks at each origin again and again while the server runs: now and then while it answers, every second while it does not.</summary>
internal sealed partial class OriginMonitor(OriginServers servers, OriginClient client, OriginOptions options, TimeProvider clock, ILogger<OriginMonitor> logger)
    : BackgroundService
{
    /// <summary>Between two looks at an origin that is down: never more than one a second, and back in service a second after it is back.</summary>
    private static readonly TimeSpan WhileDown = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(servers.All.Select(server => WatchAsync(server, stoppingToken)));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // A stop is no failure.
        }
    }

    private async Task WatchAsync(OriginServer server, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await CheckAsync(server, stoppingToken);
            await WaitAsync(server, stoppingToken);
        }
    }

    // In steps of a second, since the breaker may open meanwhile. Up to a fifth longer, so that the nodes of one fleet do not knock together.
    private async Task WaitAsync(OriginServer server, CancellationToken stoppingToken)
    {
        var left = options.HealthInterval * Jitter();
        do
        {
            await Task.Delay(WhileDown * Jitter(), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            left -= WhileDown;
        }
        while (left >= WhileDown && !server.Health.IsOpen && !stoppingToken.IsCancellationRequested);
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1031", Justification = "A programming error here must not stop the server or the checks")]
    private async Task CheckAsync(OriginServer server, CancellationToken stoppingToken)
    {
        try
        {
            if (await client.CheckAsync(server, stoppingToken) is { } trouble)
            {
                servers.NoteFailure(server, trouble);
            }
            else
            {
                servers.NoteCheck(server);
            }
        }
        catch (Exception exception)
        {
            if (!stoppingToken.IsCancellationRequested)
            {
                LogBroken(server.Address, exception);
            }
        }
    }

    private static double Jitter() => 1 + (Random.Shared.NextDouble() * 0.2);

    [LoggerMessage(LogLevel.Error, "Looking at the origin {Address} failed")]
    private partial void LogBroken(string address, Exception exception);
}
