using System.Runtime.CompilerServices;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Resilience;

/// <summary>
/// Reads the primary, and, where that gives no usable answer, the replicas in their order, object by object. A replica that lags never makes
/// an answer older: that it does not have an object, a listing or a newer version says nothing.
/// </summary>
internal sealed partial class ReplicatedBucket : IBucket, IDisposable
{
    private readonly BucketLane[] _lanes;
    private readonly NewestPublication _newest;
    private readonly NewestObjects _objects;
    private readonly bool _resumes;
    private readonly int _mostBreaks;

    /// <param name="lanes">The primary first; disposed with this bucket.</param>
    /// <param name="newest">What the lanes' publications are held against.</param>
    /// <param name="objects">What versions of objects are held against.</param>
    public ReplicatedBucket(IEnumerable<BucketLane> lanes, NewestPublication newest, NewestObjects objects, RetryOptions options)
    {
        _lanes = [.. lanes];
        (_newest, _objects) = (newest, objects);
        _resumes = options.Attempts > 1;
        _mostBreaks = Math.Max(options.Attempts, options.FlakyAttempts) - 1;
        ListsSourceDates = _lanes.All(static lane => lane.Reads.ListsSourceDates);
    }

    /// <summary>Who goes on with a body where no bucket does; null for nobody.</summary>
    public IRestSource? Rest { get; init; }

    /// <summary>Of the primary.</summary>
    public string Description => _lanes[0].Description;

    public bool ListsSourceDates { get; }

    /// <summary>The primary first.</summary>
    public IReadOnlyList<BucketLane> Lanes => _lanes;

    public ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken) => AskAsync(
        static async (self, lane, key, token) =>
        {
            var metadata = await lane.Reads.HeadAsync(key, token);
            self.Judge(lane, key, metadata);
            return metadata;
        },
        key,
        cancellationToken);

    public ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken) => AskAsync(
        static async (self, lane, read, token) =>
        {
            var opened = await lane.Reads.OpenAsync(read.Key, read.Range, read.Expected, token);
            await self.JudgeAsync(lane, read.Key, opened);
            return opened is null ? null : self.Resuming(lane, read.Key, read.Range, opened);
        },
        (Key: key, Range: range, Expected: expected),
        cancellationToken);

    public ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken) => AskAsync(
        static async (self, lane, read, token) =>
        {
            var answer = await lane.Reads.OpenChangedAsync(read.Key, read.Known, token);
            if (answer.Outcome == RevalidationOutcome.Unchanged)
            {
                return answer;
            }

            await self.JudgeAsync(lane, read.Key, answer.Representation, mustBeNewer: true);
            return answer.Representation is { } opened
                ? answer with { Representation = self.Resuming(lane, read.Key, range: null, opened) }
                : answer;
        },
        (Key: key, Known: known),
        cancellationToken);

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken) => AskAsync(
        static async (self, lane, prefix, token) =>
            await lane.Reads.AnyAsync(prefix, token) || (self.Lags(lane) ? throw Behind(lane, prefix) : false),
        prefix,
        cancellationToken);

    public async IAsyncEnumerable<BucketEntry> ListAsync(
        string prefix, ListDepth depth, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Fails, if at all, before its first row, or is too long to be held: then it fails as it would without replicas.
        await using var rows = await AskAsync(
            static async (self, lane, read, token) =>
            {
                if (self.Lags(lane))
                {
                    throw Behind(lane, read.Prefix);
                }

                return await BegunListing.BeginAsync(lane.Reads, read.Prefix, read.Depth, token, token);
            },
            (Prefix: prefix, Depth: depth),
            cancellationToken);
        await foreach (var row in rows.ReadAsync())
        {
            yield return row;
        }
    }

    public void Dispose()
    {
        foreach (var lane in _lanes)
        {
            lane.Dispose();
        }
    }

    /// <summary>Whether a bucket lacks what is known to be published, or it is not known how far it is. The primary never lags: it is what others lag behind.</summary>
    public bool Lags(BucketLane lane) => !lane.IsPrimary && _newest.IsAheadOf(lane.Publication);

    private static BucketUnavailableException Behind(BucketLane lane, string what, Exception? inner = null) =>
        new($"{lane.Description} may be behind, and what it says of {what} does not count", inner) { Fault = BucketFault.NotAsked };

    private async ValueTask<TAnswer> AskAsync<TQuestion, TAnswer>(
        Func<ReplicatedBucket, BucketLane, TQuestion, CancellationToken, ValueTask<TAnswer>> ask,
        TQuestion question,
        CancellationToken cancellationToken)
    {
        List<BucketUnavailableException>? failures = null;
        foreach (var lane in _lanes)
        {
            try
            {
                return await ask(this, lane, question, cancellationToken);
            }
            catch (BucketUnavailableException failure) when (_lanes.Length > 1 && !(lane.IsPrimary && failure.Fault == BucketFault.NoSuchBytes))
            {
                (failures ??= []).Add(failure);
                Breadcrumbs.Add(BreadcrumbLevel.Warning, "bucket", $"{lane.Description} has no answer that counts: {failure.Fault}");
            }
            catch (RepresentationChangedException changed) when (Lags(lane))
            {
                // That of a replica that is up to date is the current version, as the primary's is.
                (failures ??= []).Add(Behind(lane, "this version", changed));
            }
        }

        throw Together(failures!);
    }

    // An overload of this node is no news of the buckets, and who is above does not remember it.
    private static BucketUnavailableException Together(List<BucketUnavailableException> failures)
    {
        var message = string.Join("; ", failures.Select(static failure => failure.Message));
        return failures.TrueForAll(static failure => failure is BucketOverloadedException)
            ? new BucketOverloadedException(message)
            : new BucketUnavailableException(message, failures[0]) { Fault = failures[0].Fault };
    }

    private async ValueTask JudgeAsync(BucketLane lane, AssetKey key, Representation? opened, bool mustBeNewer = false)
    {
        try
        {
            Judge(lane, key, opened?.Metadata, mustBeNewer);
        }
        catch when (opened is not null)
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    // Throws where an answer does not count.
    private void Judge(BucketLane lane, AssetKey key, RepresentationMetadata? metadata, bool mustBeNewer = false)
    {
        if (_lanes.Length == 1)
        {
            return;
        }

        if (!lane.IsPrimary)
        {
            var lags = Lags(lane);
            var counts = metadata is null ? !lags : !(lags && mustBeNewer) && _objects.IsAcceptable(key, metadata, lags);
            if (!counts)
            {
                throw Behind(lane, key.Value);
            }
        }

        if (metadata is not null)
        {
            _objects.Note(key, metadata);
        }
    }
}
