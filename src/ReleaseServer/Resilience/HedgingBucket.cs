using System.Runtime.CompilerServices;
using Polly;
using Polly.Hedging;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Resilience;

/// <summary>
/// Asks once more, beside the first, where an answer takes longer than it should; the first answer counts, the others are given up. Always while
/// the bucket leaves single reads without an answer: else two of those in a row are all that the time of a read allows. And, where settings say
/// so, where an object takes longer than most did: that costs requests, and helps only where single answers are slow and the bucket is not.
/// </summary>
internal sealed class HedgingBucket : IBucket
{
    /// <summary>Further reads beside the first one of a bucket that hangs at times, evenly over the time of a try.</summary>
    private const int MostWhileHanging = 3;

    private static readonly TimeSpan LeastDelay = TimeSpan.FromMilliseconds(1);

    private readonly IBucket _inner;
    private readonly BucketHealth _health;
    private readonly LatencyPercentile? _latency;
    private readonly TimeSpan _hangDelay;
    private readonly bool _triesAgain;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline<RepresentationMetadata?> _heads;
    private readonly ResiliencePipeline<Representation?> _opens;
    private readonly ResiliencePipeline<bool> _looks;
    private readonly ResiliencePipeline<BegunListing> _lists;

    /// <param name="health">Says whether the bucket hangs at times; its budget pays for further reads.</param>
    /// <param name="options">Where nothing is to be tried again, nothing is asked beside because the bucket hangs.</param>
    /// <param name="attemptTimeout">Longest wait for one request of <paramref name="inner"/>.</param>
    public HedgingBucket(IBucket inner, BucketHealth health, RetryOptions options, TimeSpan attemptTimeout, TimeProvider time)
    {
        (_inner, _health, _time) = (inner, health, time);
        _latency = options.HedgePercentile > 0 ? new LatencyPercentile(options.HedgePercentile) : null;
        _triesAgain = options.Attempts > 1;
        _hangDelay = attemptTimeout / (1 + MostWhileHanging);
        _heads = Build<RepresentationMetadata?>();
        _opens = Build<Representation?>();
        _looks = Build<bool>();
        _lists = Build<BegunListing>();
    }

    public string Description => _inner.Description;

    public bool ListsSourceDates => _inner.ListsSourceDates;

    public ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken) =>
        AskAsync(_heads, static (bucket, key, token) => bucket.HeadAsync(key, token), key, cancellationToken);

    public ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken) => AskAsync(
        _opens,
        static (bucket, read, token) => bucket.OpenAsync(read.Key, read.Range, read.Expected, token),
        (Key: key, Range: range, Expected: expected),
        cancellationToken);

    public ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken) =>
        _inner.OpenChangedAsync(key, known, cancellationToken);

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken) =>
        AskAsync(_looks, static (bucket, prefix, token) => bucket.AnyAsync(prefix, token), prefix, cancellationToken);

    public async IAsyncEnumerable<BucketEntry> ListAsync(
        string prefix, ListDepth depth, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Further pages are asked for when the read that was first is over: its token counts for the beginning alone.
        await using var rows = await AskAsync(
            _lists,
            static (bucket, read, token) => BegunListing.BeginAsync(bucket, read.Prefix, read.Depth, read.Reader, token),
            (Prefix: prefix, Depth: depth, Reader: cancellationToken),
            cancellationToken);
        await foreach (var row in rows.ReadAsync())
        {
            yield return row;
        }
    }

    private bool Hangs => _triesAgain && _health.HangsAtTimes;

    private ValueTask<TAnswer> AskAsync<TRead, TAnswer>(
        ResiliencePipeline<TAnswer> pipeline,
        Func<IBucket, TRead, CancellationToken, ValueTask<TAnswer>> ask,
        TRead read,
        CancellationToken cancellationToken) => _latency is null && !Hangs
            ? ask(_inner, read, cancellationToken)
            : pipeline.ExecuteAsync(
                static (read, token) => read.Self.TimeAsync(read.Ask, read.Read, token), (Self: this, Ask: ask, Read: read), cancellationToken);

    private async ValueTask<TAnswer> TimeAsync<TRead, TAnswer>(
        Func<IBucket, TRead, CancellationToken, ValueTask<TAnswer>> ask, TRead read, CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        var answer = await ask(_inner, read, cancellationToken);
        _latency?.Add(_time.GetElapsedTime(began));
        return answer;
    }

    // Where no more is to be asked, only answers end the wait.
    private TimeSpan Delay(int asked)
    {
        if (asked > 1 && !Hangs)
        {
            return Timeout.InfiniteTimeSpan;
        }

        var delay = _latency?.Current is not { } latency ? Timeout.InfiniteTimeSpan : latency > LeastDelay ? latency : LeastDelay;
        return Hangs && (delay == Timeout.InfiniteTimeSpan || delay > _hangDelay) ? _hangDelay : delay;
    }

    private bool MayAsk(int further) => (further == 1 || Hangs) && _health.Budget.TryRetry();

    private ResiliencePipeline<TAnswer> Build<TAnswer>() => new ResiliencePipelineBuilder<TAnswer> { TimeProvider = _time }
        .AddHedging(new HedgingStrategyOptions<TAnswer>
        {
            MaxHedgedAttempts = MostWhileHanging,
            // A failure is for RetryingBucket, whose budget would else be drawn on twice.
            ShouldHandle = static _ => ValueTask.FromResult(false),
            DelayGenerator = arguments => ValueTask.FromResult(Delay(arguments.AttemptNumber)),
            // Where it gives nothing, it is asked again after the same delay.
            ActionGenerator = arguments => !MayAsk(arguments.AttemptNumber) ? null : async () =>
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
