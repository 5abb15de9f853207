using ReleaseServer.Alerting;
using ReleaseServer.Buckets;

namespace ReleaseServer.Resilience;

/// <summary>One bucket with all that stands before it: retries, perhaps hedging, limits and breaker. Safe for concurrent use.</summary>
internal sealed class BucketLane : IDisposable
{
    private readonly IBucket _bucket;
    private readonly GuardedBucket _guarded;
    private readonly TimeProvider _time;
    private volatile Publication? _publication;

    /// <param name="bucket">Makes one request a call; disposed with the lane.</param>
    /// <param name="attemptTimeout">Longest wait for one request of <paramref name="bucket"/>.</param>
    /// <param name="totalTimeout">For all tries of a read of this bucket.</param>
    public BucketLane(
        IBucket bucket,
        bool isPrimary,
        ResilienceOptions options,
        TimeSpan attemptTimeout,
        TimeSpan totalTimeout,
        TimeProvider time,
        IAlerts alerts,
        ILogger logger)
    {
        (_bucket, IsPrimary, _time) = (bucket, isPrimary, time);
        Health = new BucketHealth(bucket.Description, options.Retry, options.Breaker, time, alerts, logger);
        _guarded = new GuardedBucket(bucket, Health, options.Concurrency, time);
        // One try: sent once or, where it hangs, again beside; then with all of a short body.
        var hedging = new HedgingBucket(_guarded, Health, options.Retry, attemptTimeout, time);
        var once = new BufferingBucket(hedging, Health, options.Retry.Attempts > 1, alerts, time);
        Reads = new RetryingBucket(once, options.Retry, Health.Budget, attemptTimeout, totalTimeout, time);
    }

    public string Description => _bucket.Description;

    public bool IsPrimary { get; }

    /// <summary>What is read through.</summary>
    public RetryingBucket Reads { get; }

    public BucketHealth Health { get; }

    /// <summary>How far the bucket was when it was looked at last; null while that is not known. Of replicas alone.</summary>
    public Publication? Publication
    {
        get => _publication;
        set => _publication = value;
    }

    /// <summary>Asks the bucket itself, past all limits, where the breaker lets a probe through.</summary>
    /// <returns>Whether it was asked.</returns>
    public async ValueTask<bool> ProbeAsync(AssetKey key, CancellationToken cancellationToken)
    {
        if (!Health.Breaker.TryEnter())
        {
            return false;
        }

        var began = _time.GetTimestamp();
        try
        {
            // A GET, as what clients wait for mostly is. Whether the object is there says nothing of the bucket.
            await using var opened = await _bucket.OpenAsync(key, range: null, expected: null, cancellationToken);
            Health.Counts.Add(BucketOutcome.Answered, _time.GetElapsedTime(began));
            Health.Succeeded();
        }
        catch (BucketUnavailableException exception)
        {
            Health.Counts.Add(BucketOutcome.Failed, _time.GetElapsedTime(began));
            Health.Note(exception, _time.GetElapsedTime(began));
        }

        return true;
    }

    public void Dispose()
    {
        _guarded.Dispose();
        (_bucket as IDisposable)?.Dispose();
    }
}
