using System.Diagnostics;
using System.Runtime.CompilerServices;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Telemetry;

namespace ReleaseServer.Resilience;

/// <summary>
/// Makes one try where the bucket is not known to be down and not too many wait for it, and notes what comes of it. While the breaker is not
/// closed nobody's request is a probe: <see cref="BucketProber"/> makes those, so that no client waits for one.
/// </summary>
internal sealed class GuardedBucket : IBucket, IDisposable
{
    private const string CatalogPrefix = AssetKey.ReservedPrefix + "catalog/";

    private readonly IBucket _inner;
    private readonly BucketHealth _health;
    private readonly TimeProvider _time;
    private readonly Bulkhead _files;
    private readonly Bulkhead _listings;
    private readonly Bulkhead _control;

    public GuardedBucket(IBucket inner, BucketHealth health, ConcurrencyOptions options, TimeProvider time)
    {
        (_inner, _health, _time) = (inner, health, time);
        _files = new Bulkhead(options.Files, $"objects of {Description}");
        _listings = new Bulkhead(options.Listings, $"listings of {Description}");
        _control = new Bulkhead(options.Control, $"control documents of {Description}");
    }

    public string Description => _inner.Description;

    public bool ListsSourceDates => _inner.ListsSourceDates;

    public ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken) => TryAsync(
        BulkheadOf(key), static (bucket, key, token) => bucket.HeadAsync(key, token), key, cancellationToken);

    public ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken) => TryAsync(
        BulkheadOf(key),
        static (bucket, read, token) => bucket.OpenAsync(read.Key, read.Range, read.Expected, token),
        (Key: key, Range: range, Expected: expected),
        cancellationToken);

    public ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken) => TryAsync(
        BulkheadOf(key),
        static (bucket, read, token) => bucket.OpenChangedAsync(read.Key, read.Known, token),
        (Key: key, Known: known),
        cancellationToken);

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken) => TryAsync(
        _listings, static (bucket, prefix, token) => bucket.AnyAsync(prefix, token), prefix, cancellationToken);

    public async IAsyncEnumerable<BucketEntry> ListAsync(
        string prefix, ListDepth depth, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await EnterAsync(_listings, cancellationToken);
        try
        {
            await using var rows = _inner.ListAsync(prefix, depth, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await NextAsync(rows, cancellationToken))
            {
                yield return rows.Current;
            }
        }
        finally
        {
            _listings.Leave();
        }

        _health.Counts.Add(BucketOutcome.Answered);
        _health.Succeeded();
    }

    public void Dispose()
    {
        _files.Dispose();
        _listings.Dispose();
        _control.Dispose();
    }

    // Catalog documents are on the way to files and to listings, and are kept; the others are what a node lives by.
    private Bulkhead BulkheadOf(AssetKey key) =>
        key.Value.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal) && !key.Value.StartsWith(CatalogPrefix, StringComparison.Ordinal)
            ? _control
            : _files;

    private async ValueTask<TAnswer> TryAsync<TRead, TAnswer>(
        Bulkhead bulkhead, Func<IBucket, TRead, CancellationToken, ValueTask<TAnswer>> ask, TRead read, CancellationToken cancellationToken)
    {
        await EnterAsync(bulkhead, cancellationToken);
        var began = _time.GetTimestamp();
        var outcome = BucketOutcome.Abandoned;
        using var span = Tracing.BeginQuestion("bucket", Description);
        span?.SetTag("releaseserver.read", read?.ToString());
        try
        {
            var answer = await ask(_inner, read, cancellationToken);
            outcome = BucketOutcome.Answered;
            _health.Succeeded();
            return answer;
        }
        catch (RepresentationChangedException)
        {
            outcome = BucketOutcome.Changed;
            _health.Succeeded();
            throw;
        }
        catch (BucketUnavailableException exception)
        {
            outcome = BucketOutcome.Failed;
            span?.SetStatus(ActivityStatusCode.Error, exception.Message);
            _health.Note(exception, _time.GetElapsedTime(began));
            throw;
        }
        finally
        {
            _health.Counts.Add(outcome, _time.GetElapsedTime(began));
            bulkhead.Leave();
        }
    }

    private async ValueTask EnterAsync(Bulkhead bulkhead, CancellationToken cancellationToken)
    {
        try
        {
            _health.ThrowIfDown();
            await bulkhead.EnterAsync(cancellationToken);
            if (!_health.Breaker.IsClosed)
            {
                // It went down while this one waited for its turn.
                bulkhead.Leave();
                _health.ThrowIfDown();
            }
        }
        catch (BucketUnavailableException)
        {
            _health.Counts.Add(BucketOutcome.Refused);
            throw;
        }
    }

    private async ValueTask<bool> NextAsync(IAsyncEnumerator<BucketEntry> rows, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var began = _time.GetTimestamp();
        try
        {
            return await rows.MoveNextAsync();
        }
        catch (BucketUnavailableException exception)
        {
            _health.Counts.Add(BucketOutcome.Failed);
            _health.Note(exception, _time.GetElapsedTime(began));
            throw;
        }
    }
}
