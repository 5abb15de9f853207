using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Caching;

// The bodies that are on their way.
internal sealed partial class CachedObjects
{
    /// <summary>Bytes of the largest index that is parsed before it replaces another.</summary>
    private const long MostParsed = 16 << 20;

    /// <summary>
    /// Bytes of the largest body that is shown only when it is whole and checked: what then proves wrong can still be answered by somebody else.
    /// It is here in a few milliseconds; a larger one is passed on as it comes.
    /// </summary>
    private const long MostAwaited = 256 * 1024;

    /// <summary>The same where there is a good copy, which it would replace.</summary>
    private const long MostAwaitedToReplace = 1 << 20;

    private async Task<Found> BeginAsync(CacheSlot slot, Representation opened, FillGate.Turn turn, long asked, int purges)
    {
        var metadata = opened.Metadata;
        if (_store.TryMake(metadata.Length) is not { } body)
        {
            // Each reader opens its own: nobody may be there to take this one.
            await opened.DisposeAsync();
            return new Found(Keep(slot, metadata, body: null, sha256: null, asked, purges), Fill: null, CacheStatus.Bypass);
        }

        var mustBeJson = _rules.ClassOf(slot.Key.Value).MustBeJson && metadata is { ContentEncoding: null, Length: <= MostParsed };
        var replaces = slot.Current is { Body: not null } kept && kept.Freshness.StateAt(asked) != FreshnessState.Dead;
        var isHeld = metadata.Length <= (replaces ? MostAwaitedToReplace : MostAwaited);
        var fill = new Fill(
            _bucket,
            _gate,
            slot.Key,
            metadata,
            new FillBody(body, Memory, _store.OnDiskFailure) { Counts = Fills },
            new ContentCheck(metadata.Digests, needsSha256: body is DiskBody),
            mustBeJson ? ended => FindFault(slot, ended) : isHeld ? static _ => null : null,
            ended => OnFillEnded(slot, ended, asked))
        {
            Purges = purges,
            Rest = Rest,
        };
        Fills.Begin();
        Fill? discarded;
        lock (slot)
        {
            // Under the lock: whoever finds it finds it begun, and it does not end before it can be found.
            fill.Begin(opened, turn.HandOver());
            // One that was under way is of another version.
            (discarded, slot.Fill) = slot.HardPurge > purges ? (fill, slot.Fill) : (slot.Fill, fill);
            if (slot.Fill == fill && slot.Current is { Body: null } told && !told.Metadata.IsSameVersion(metadata))
            {
                // From now on metadata is that of what comes: else the two would contradict each other until it is here.
                Drop(slot, told);
            }
        }

        discarded?.Discard();

        return new Found(Object: null, fill, CacheStatus.Miss);
    }

    // What is no JSON may be what the publisher wants; but it takes no good index's place.
    private string? FindFault(CacheSlot slot, Fill fill)
    {
        var isFault = slot.Current is { Body: { Length: <= MostParsed } good } current
            && current.Freshness.StateAt(Clock.Now) != FreshnessState.Dead
            && !ContentCheck.IsJson(fill.Body.Read, fill.Metadata.Length)
            && ContentCheck.IsJson(good.Read, good.Length);
        return isFault ? "sent an index that is not JSON, in the place of a good one" : null;
    }

    private void OnFillEnded(CacheSlot slot, Fill fill, long asked)
    {
        var body = fill.Body.Body;
        fill.Body.Release();
        _store.EndReservation(body);
        var isKept = fill.Failure is null && !fill.IsUnwanted && fill.Body.IsWhole;
        Fills.End(isKept, fill.Failure);
        if (isKept)
        {
            Keep(slot, fill.Metadata, body, fill.Sha256, asked, fill.Purges, fill);
        }
        else
        {
            (body as DiskBody)?.Delete();
        }

        if (fill.Failure is { } reason and not OperationCanceledException)
        {
            LogFailed(slot.Key.Value, reason.Message);
            if (reason is WrongBytesException)
            {
                _alerts.Raise(new Alert(AlertKind.WrongBytes, _bucket.Description, reason.Message, reason));
            }
        }

        CachedRefusal? refusal = null;
        lock (slot)
        {
            // In one step: who finds no fill any more finds why. One that nobody wants says nothing to those who come now.
            if (slot.Fill == fill)
            {
                slot.Fill = null;
                refusal = fill.Failure is { } failure and not (OperationCanceledException or RepresentationChangedException)
                    ? NoteFailure(slot, failure as BucketUnavailableException ?? new BucketUnavailableException(failure.Message, failure), fill.Purges)
                    : null;
            }

            // The version that its metadata told of is not there any more.
            if (fill.Failure is RepresentationChangedException && slot.Current is { Body: null } outdated)
            {
                Drop(slot, outdated);
            }

            RemoveIfEmpty(slot);
        }

        AddRefusal(refusal);
    }

    [LoggerMessage(LogLevel.Error, "{Key} could not be brought from the bucket: {Reason}")]
    private partial void LogFailed(string key, string reason);
}
