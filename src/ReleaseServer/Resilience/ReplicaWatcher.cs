using System.Diagnostics.CodeAnalysis;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;

namespace ReleaseServer.Resilience;

/// <summary>Finds out how far each bucket is, where there are replicas, and tells operators of one that stays behind.</summary>
internal sealed partial class ReplicaWatcher(
    ReplicatedBucket bucket,
    NewestPublication newest,
    ReadPublication read,
    ReplicationOptions options,
    TimeProvider time,
    IAlerts alerts,
    ILogger<ReplicaWatcher> logger) : BackgroundService
{
    private readonly Dictionary<BucketLane, long> _behindSince = [];
    private readonly HashSet<BucketLane> _isTold = [];

    /// <summary>Looks at each bucket once.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(bucket.Lanes.Select(lane => ReadAsync(lane, cancellationToken)));
        foreach (var lane in bucket.Lanes)
        {
            Judge(lane);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (bucket.Lanes.Count > 1)
            {
                await TryLookAsync(stoppingToken);

                // A tenth either way, so that the nodes of one fleet do not knock at the buckets together.
                var jitter = 0.9 + (Random.Shared.NextDouble() * 0.2);
                await Task.Delay(options.PollInterval * jitter, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // As with every service: a stop is no failure.
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A programming error here must not stop the server or the watching")]
    private async Task TryLookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await LookAsync(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogBroken(exception);
        }
    }

    private async Task ReadAsync(BucketLane lane, CancellationToken cancellationToken)
    {
        try
        {
            var publication = await read(lane.Reads, cancellationToken);
            lane.Publication = publication;
            if (publication is null)
            {
                return;
            }

            if (lane.IsPrimary)
            {
                newest.Follow(publication);
            }
            else if (!newest.HasPrimary)
            {
                // The replica that is furthest is all there is to go by.
                newest.Raise(publication);
            }
        }
        catch (BucketUnavailableException)
        {
            // What was known stays: a bucket does not go back, and that it fails is for its breaker to tell.
        }
    }

    private void Judge(BucketLane lane)
    {
        if (!bucket.Lags(lane) || newest.Known is not { } known)
        {
            if (_behindSince.Remove(lane) && _isTold.Remove(lane))
            {
                LogCaughtUp(lane.Description);
                alerts.Resolve(AlertKind.ReplicaBehind, lane.Description, $"{lane.Description} has caught up.");
            }

            return;
        }

        var now = time.GetTimestamp();
        if (_behindSince.TryAdd(lane, now) && options.MaxLag > TimeSpan.Zero)
        {
            return;
        }

        var lag = time.GetElapsedTime(_behindSince[lane], now);
        if (lag < options.MaxLag)
        {
            return;
        }

        var there = lane.Publication?.ToString() ?? "no generation that could be read";
        var message = $"{lane.Description} has been behind for {(long)lag.TotalSeconds} s: it has {there}, and {known} is published.";
        alerts.Raise(new Alert(AlertKind.ReplicaBehind, lane.Description, message));
        if (_isTold.Add(lane))
        {
            LogBehind(message);
        }
    }

    [LoggerMessage(LogLevel.Error, "Looking how far the buckets are failed")]
    private partial void LogBroken(Exception exception);

    [LoggerMessage(LogLevel.Error, "{Message}")]
    private partial void LogBehind(string message);

    [LoggerMessage(LogLevel.Information, "{Bucket} has caught up")]
    private partial void LogCaughtUp(string bucket);
}
