using System.Diagnostics.CodeAnalysis;
using ReleaseServer.Buckets;

namespace ReleaseServer.Resilience;

/// <summary>Asks buckets that are down whether they are back, so that no client's request has to find out.</summary>
internal sealed partial class BucketProber(ReplicatedBucket bucket, BreakerOptions options, TimeProvider time, ILogger<BucketProber> logger)
    : BackgroundService
{
    /// <summary>What is asked for: small, and there in each bucket that anything was published to.</summary>
    private static readonly AssetKey Probed = AssetKey.Own("generation.json");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(bucket.Lanes.Select(lane => WatchAsync(lane, stoppingToken)));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host calls it a failure where it stops before it has started, as with an address in use.
        }
    }

    private async Task WatchAsync(BucketLane lane, CancellationToken stoppingToken)
    {
        while (true)
        {
            await lane.Health.Breaker.WhenOpenAsync().WaitAsync(stoppingToken);
            while (!lane.Health.Breaker.IsClosed)
            {
                await Task.Delay(options.ProbeInterval, time, stoppingToken);
                await ProbeAsync(lane, stoppingToken);
            }
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A programming error here must not stop the server or the probing")]
    private async Task ProbeAsync(BucketLane lane, CancellationToken cancellationToken)
    {
        try
        {
            await lane.ProbeAsync(Probed, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogBroken(lane.Description, exception);
        }
    }

    [LoggerMessage(LogLevel.Error, "Probing {Bucket} failed")]
    private partial void LogBroken(string bucket, Exception exception);
}
