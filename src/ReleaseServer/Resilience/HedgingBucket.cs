using Polly;
using Polly.Hedging;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Resilience;

/// <summary>
/// Asks a second time, beside the first, where an object's head or first byte takes longer than it mostly does; the first answer counts, the
/// other is given up. Only where settings say so: it costs requests, and helps only where single answers are slow and the bucket is not.
/// </summary>
internal sealed class HedgingBucket : IBucket
{
    private static readonly TimeSpan LeastDelay = TimeSpan.FromMilliseconds(1);

    private readonly IBucket _inner;
    private readonly RetryBudget _budget;
    private readonly LatencyPercentile _latency;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline<RepresentationMetadata?> _heads;
    private readonly ResiliencePipeline<Representation?> _opens;

    /// <param name="budget">Pays for the second read.</param>
    /// <param name="percentile">1 to 99.</param>
    public HedgingBucket(IBucket inner, RetryBudget budget, int percentile, TimeProvider time)
    {
        (_inner, _budget, _time) = (inner, budget, time);
        _latency = new LatencyPercentile(percentile);
        _heads = Build<RepresentationMetadata?>();
        _opens = Build<Representation?>();
    }

    public string Description => _inner.Description;

    public bool ListsSourceDates => _inner.ListsSourceDates;

    public ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken) => _heads.ExecuteAsync(
        static (read, token) => read.Self.TimeAsync(static (bucket, key, token) => bucket.HeadAsync(key, token), read.Key, token),
        (Self: this, Key: key),
        cancellationToken);

    public ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken) =>
        _opens.ExecuteAsync(
            static (read, token) => read.Self.TimeAsync(
                static (bucket, read, token) => bucket.OpenAsync(read.Key, read.Range, read.Expected, token), read, token),
            (Self: this, Key: key, Range: range, Expected: expected),
            cancellationToken);

    public ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken) =>
        _inner.OpenChangedAsync(key, known, cancellationToken);

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken) => _inner.AnyAsync(prefix, cancellationToken);

    public IAsyncEnumerable<BucketEntry> ListAsync(string prefix, ListDepth depth, CancellationToken cancellationToken) =>
        _inner.ListAsync(prefix, depth, cancellationToken);

    private async ValueTask<TAnswer> TimeAsync<TRead, TAnswer>(
        Func<IBucket, TRead, CancellationToken, ValueTask<TAnswer>> ask, TRead read, CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        var answer = await ask(_inner, read, cancellationToken);
        _latency.Add(_time.GetElapsedTime(began));
        return answer;
    }

    private TimeSpan Delay() => _latency.Current switch
    {
        { } latency when latency > LeastDelay => latency,
        { } => LeastDelay,
        null => Timeout.InfiniteTimeSpan,
    };

    private ResiliencePipeline<TAnswer> Build<TAnswer>() => new ResiliencePipelineBuilder<TAnswer> { TimeProvider = _time }
        .AddHedging(new HedgingStrategyOptions<TAnswer>
        {
            MaxHedgedAttempts = 1,
            // A failure is for RetryingBucket, whose budget would else be drawn on twice.
            ShouldHandle = static _ => ValueTask.FromResult(false),
            DelayGenerator = _ => ValueTask.FromResult(Delay()),
            // Where it gives nothing, it is asked again after the same delay.
            ActionGenerator = arguments => !_budget.TryRetry() ? null : async () =>
            {
                try
                {
                    return await arguments.Callback(arguments.ActionContext);
                }
                catch (Exception exception) when (exception is BucketUnavailableException or RepresentationChangedException or OperationCanceledException)
                {
                    return Outcome.FromException<TAnswer>(exception);
                }
            },
        })
        .Build();
}
