using ReleaseServer.Buckets;

namespace ReleaseServer.Resilience;

/// <summary>Asks buckets that are down whether they are back, so that no client's request has to find out.</summary>
internal sealed class BucketProber(ReplicatedBucket bucket, BreakerOptions options, TimeProvider time) : BackgroundService
{
    /// <summary>What is asked for: small, and there in each bucket that anything was published to.</summary>
    private static readonly AssetKey Probed = AssetKey.Own("generation.json");

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(bucket.Lanes.Select(lane => WatchAsync(lane, stoppingToken)));

    private async Task WatchAsync(BucketLane lane, CancellationToken stoppingToken)
    {
        while (true)
        {
            await lane.Health.Breaker.WhenOpenAsync().WaitAsync(stoppingToken);
            while (!lane.Health.Breaker.IsClosed)
            {
                await Task.Delay(options.ProbeInterval, time, stoppingToken);
                await lane.ProbeAsync(Probed, stoppingToken);
            }
        }
    }
}
