using System.Runtime.CompilerServices;
using Polly;
using Polly.Retry;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Resilience;

/// <summary>
/// Repeats reads that failed before their first byte, as far as the bucket's budget and the time allow. A listing is repeated as long as it
/// was not handed on; a body that breaks is for <see cref="ResumingStream"/> to go on with.
/// </summary>
internal sealed class RetryingBucket : IBucket
{
    /// <summary>Rows of a listing that are held back, so that it can be repeated: as many as the server reads to show a directory.</summary>
    private const int MostHeld = 5_000;

    private static readonly ResiliencePropertyKey<long> Began = new("began");

    private readonly IBucket _inner;
    private readonly RetryOptions _options;
    private readonly RetryBudget _budget;
    private readonly TimeSpan _attemptTimeout;
    private readonly TimeSpan _totalTimeout;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _pipeline;

    /// <param name="inner">Makes one try, which ends within <paramref name="attemptTimeout"/>.</param>
    /// <param name="totalTimeout">No further try begins that could end later than so long after the first began.</param>
    public RetryingBucket(
        IBucket inner, RetryOptions options, RetryBudget budget, TimeSpan attemptTimeout, TimeSpan totalTimeout, TimeProvider time)
    {
        (_inner, _options, _budget, _attemptTimeout, _totalTimeout, _time) = (inner, options, budget, attemptTimeout, totalTimeout, time);
        var most = Math.Max(options.Attempts, options.FlakyAttempts);
        _pipeline = options.Attempts == 1 || most == 1 ? ResiliencePipeline.Empty : BuildPipeline(most - 1);
    }

    public string Description => _inner.Description;

    public bool ListsSourceDates => _inner.ListsSourceDates;

    public ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken) =>
        ReadAsync(static (bucket, key, token) => bucket.HeadAsync(key, token), key, cancellationToken);

    public ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken) =>
        ReadAsync(
            static (bucket, read, token) => bucket.OpenAsync(read.Key, read.Range, read.Expected, token),
            (Key: key, Range: range, Expected: expected),
            cancellationToken);

    /// <summary>Goes on with a body that broke; the caller has drawn on the budget for it.</summary>
    public ValueTask<Representation?> ResumeAsync(AssetKey key, ByteRange rest, EntityTag? expected, CancellationToken cancellationToken) =>
        TryAsync(
            static (bucket, read, token) => bucket.OpenAsync(read.Key, read.Range, read.Expected, token),
            (Key: key, Range: (ByteRange?)rest, Expected: expected),
            cancellationToken);

    public ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken) =>
        ReadAsync(
            static (bucket, read, token) => bucket.OpenChangedAsync(read.Key, read.Known, token),
            (Key: key, Known: known),
            cancellationToken);

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken) =>
        ReadAsync(static (bucket, prefix, token) => bucket.AnyAsync(prefix, token), prefix, cancellationToken);

    public async IAsyncEnumerable<BucketEntry> ListAsync(
        string prefix, ListDepth depth, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (first, rest) = await ReadAsync(
            static (bucket, read, token) => BeginListAsync(bucket, read.Prefix, read.Depth, token),
            (Prefix: prefix, Depth: depth),
            cancellationToken);
        await using (rest)
        {
            foreach (var row in first)
            {
                yield return row;
            }

            while (rest is not null && await rest.MoveNextAsync())
            {
                yield return rest.Current;
            }
        }
    }

    // What comes after the rows that are held; null where there are no more.
    private static async ValueTask<(List<BucketEntry> First, IAsyncEnumerator<BucketEntry>? More)> BeginListAsync(
        IBucket bucket, string prefix, ListDepth depth, CancellationToken cancellationToken)
    {
        var held = new List<BucketEntry>();
        var rows = bucket.ListAsync(prefix, depth, cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            while (await rows.MoveNextAsync())
            {
                held.Add(rows.Current);
                if (held.Count == MostHeld)
                {
                    return (held, rows);
                }
            }
        }
        catch
        {
            await rows.DisposeAsync();
            throw;
        }

        await rows.DisposeAsync();
        return (held, null);
    }

    private ResiliencePipeline BuildPipeline(int mostRetries) => new ResiliencePipelineBuilder { TimeProvider = _time }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = mostRetries,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = _options.Delay,
            MaxDelay = _options.MaxDelay,
            ShouldHandle = arguments => ValueTask.FromResult(
                arguments.Outcome.Exception is BucketUnavailableException failure
                && MayRetry(failure, arguments.AttemptNumber + 1, arguments.Context)),
            // Null for the delay of the options.
            DelayGenerator = static arguments => ValueTask.FromResult((arguments.Outcome.Exception as BucketUnavailableException)?.RetryAfter),
        })
        .Build();

    private bool MayRetry(BucketUnavailableException failure, int tries, ResilienceContext context)
    {
        if (!failure.Fault.IsTransient() || tries >= (_budget.IsFlakyAtMost ? Math.Max(_options.Attempts, _options.FlakyAttempts) : _options.Attempts))
        {
            return false;
        }

        var began = context.Properties.GetValue(Began, 0);
        var latestEnd = _time.GetElapsedTime(began) + (failure.RetryAfter ?? TimeSpan.Zero) + _attemptTimeout;
        if (latestEnd > _totalTimeout || !_budget.TryRetry())
        {
            return false;
        }

        Breadcrumbs.Add("retry", $"{Description} is asked again, after {tries} of its answers");
        return true;
    }

    private ValueTask<TAnswer> ReadAsync<TRead, TAnswer>(
        Func<IBucket, TRead, CancellationToken, ValueTask<TAnswer>> ask, TRead read, CancellationToken cancellationToken)
    {
        _budget.Requested();
        return TryAsync(ask, read, cancellationToken);
    }

    private async ValueTask<TAnswer> TryAsync<TRead, TAnswer>(
        Func<IBucket, TRead, CancellationToken, ValueTask<TAnswer>> ask, TRead read, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(Began, _time.GetTimestamp());
        try
        {
            return await _pipeline.ExecuteAsync(
                static (context, read) => read.Ask(read.Inner, read.Read, context.CancellationToken),
                context,
                (Ask: ask, Inner: _inner, Read: read));
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }
}
