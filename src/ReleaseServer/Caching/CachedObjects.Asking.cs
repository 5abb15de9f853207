using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Caching;

// The questions to the bucket.
internal sealed partial class CachedObjects
{
    /// <summary>What a question to the bucket is about.</summary>
    private enum Question
    {
        /// <summary>Its metadata.</summary>
        Head,

        /// <summary>All of it.</summary>
        Open,

        /// <summary>The version that is known already, from wherever readers begin.</summary>
        Fill,

        /// <summary>Whether the version that is kept is still the current one.</summary>
        Revalidate,

        /// <summary>Whether the version that is on its way is still the current one.</summary>
        RevalidateFill,

        /// <summary>None: whether the disk holds what an earlier process wrote.</summary>
        CheckDisk,
    }

    // Called under the lock of the slot; what it begins goes on without.
    private Task<Found> Ask(CacheSlot slot, Question question)
    {
        var asking = AskAsync(slot, question);
        slot.Asking = asking;
        // Nobody may be waiting: then a failure is no news to anyone.
        asking.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return asking;
    }

    private async Task<Found> AskAsync(CacheSlot slot, Question question)
    {
        var (current, purges) = (slot.Current, slot.Purges);
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            return question switch
            {
                Question.Head => await AskForMetadataAsync(slot, purges),
                Question.Open => await AskForAllAsync(slot, purges),
                Question.Fill => FillKnown(slot, current!, purges),
                Question.Revalidate when current is { Body: null } => await AskForMetadataAsync(slot, purges),
                Question.Revalidate => await RevalidateAsync(slot, current!.Metadata.EntityTag, current, purges),
                Question.RevalidateFill => await RevalidateFillAsync(slot, purges),
                _ => CheckDisk(slot, current!),
            };
        }
        catch (BucketUnavailableException exception)
        {
            NoteFailure(slot, exception);
            throw;
        }
        finally
        {
            lock (slot)
            {
                slot.Asking = null;
                RemoveIfEmpty(slot);
            }
        }
    }

    private async Task<Found> AskForMetadataAsync(CacheSlot slot, int purges)
    {
        using var turn = await _gate.EnterAsync(ReadKind.Metadata, CancellationToken.None);
        var asked = Clock.Now;
        return await _bucket.HeadAsync(slot.Key, CancellationToken.None) is { } metadata
            ? new Found(Keep(slot, metadata, body: null, sha256: null, asked, purges), Fill: null, CacheStatus.Miss)
            : KeepAbsence(slot, purges);
    }

    private async Task<Found> AskForAllAsync(CacheSlot slot, int purges)
    {
        using var turn = await _gate.EnterAsync(ReadKind.Body, CancellationToken.None);
        var asked = Clock.Now;
        return await _bucket.OpenAsync(slot.Key, range: null, expected: null, CancellationToken.None) is { } opened
            ? Begin(slot, opened, turn, asked, purges)
            : KeepAbsence(slot, purges);
    }

    private async Task<Found> RevalidateFillAsync(CacheSlot slot, int purges)
    {
        // Over meanwhile: what it brought is here, or nothing is.
        return slot.Fill is { } fill
            ? await RevalidateAsync(slot, fill.Metadata.EntityTag, current: null, purges)
            : new Found(Object: null, Fill: null, CacheStatus.Miss, MustLookAgain: true);
    }

    // With an entry, it is that which is vouched for; without, the fill that is under way.
    private async Task<Found> RevalidateAsync(CacheSlot slot, EntityTag known, CachedObject? current, int purges)
    {
        using var turn = await _gate.EnterAsync(ReadKind.Body, CancellationToken.None);
        var asked = Clock.Now;
        var answer = await _bucket.OpenChangedAsync(slot.Key, known, CancellationToken.None);
        if (answer.Outcome == RevalidationOutcome.Unchanged)
        {
            return current is null ? VouchForFill(slot, purges) : Vouch(slot, current, asked, purges);
        }

        if (answer.Representation is not { } opened)
        {
            return KeepAbsence(slot, purges);
        }

        var found = Begin(slot, opened, turn, asked, purges);
        if (found.Fill is { } fill && _rules.ClassOf(slot.Key.Value).MustBeJson)
        {
            // Until the new one is known to be good, there is a good one to answer from.
            await CompleteAsync(fill);
        }

        return found;
    }

    private static async Task CompleteAsync(Fill fill)
    {
        try
        {
            await fill.Completion;
        }
        catch (Exception exception) when (exception is not BucketUnavailableException)
        {
            throw new BucketUnavailableException(exception.Message, exception);
        }
    }

    private static Found VouchForFill(CacheSlot slot, int purges)
    {
        lock (slot)
        {
            if (slot.Fill is { } fill)
            {
                fill.Purges = purges;
            }
        }

        return new Found(Object: null, Fill: null, CacheStatus.Miss, MustLookAgain: true);
    }

    private Found Vouch(CacheSlot slot, CachedObject current, long asked, int purges)
    {
        bool isPurged;
        lock (slot)
        {
            current.Freshness.Validate(_rules.ClassOf(slot.Key.Value).Lifetime, asked);
            isPurged = slot.Purges != purges;
            if (isPurged)
            {
                current.Freshness.Purge(Clock.Now);
            }
        }

        if (current.Body is DiskBody disk && !isPurged)
        {
            _disk!.Mark(disk, isPurged: false);
        }

        return new Found(current, Fill: null, CacheStatus.Revalidated);
    }

    // The version is known, and whoever reads begins where they like.
    private Found FillKnown(CacheSlot slot, CachedObject current, int purges)
    {
        var metadata = current.Metadata;
        if (_store.TryMake(metadata.Length) is not { } body)
        {
            return new Found(current, Fill: null, CacheStatus.Bypass);
        }

        var fill = MakeFill(slot, metadata, body, Clock.Now, purges);
        return new Found(Object: null, fill, CacheStatus.Miss);
    }

    private Found Begin(CacheSlot slot, Representation opened, FillGate.Turn turn, long asked, int purges)
    {
        var metadata = opened.Metadata;
        if (_store.TryMake(metadata.Length) is not { } body)
        {
            var known = Keep(slot, metadata, body: null, sha256: null, asked, purges);
            return new Found(known, Fill: null, CacheStatus.Bypass, new OpenedOnce(opened));
        }

        var fill = MakeFill(slot, metadata, body, asked, purges);
        fill.Begin(opened, turn.HandOver());
        return new Found(Object: null, fill, CacheStatus.Miss);
    }

    private Fill MakeFill(CacheSlot slot, RepresentationMetadata metadata, CachedBody body, long asked, int purges)
    {
        var mustBeJson = _rules.ClassOf(slot.Key.Value).MustBeJson && body is MemoryBody && metadata.ContentEncoding is null;
        var fill = new Fill(
            _bucket,
            _gate,
            slot.Key,
            metadata,
            new FillBody(body, Memory, _store.OnDiskFailure),
            new ContentCheck(metadata.Digests, needsSha256: body is DiskBody),
            mustBeJson ? ended => FindFault(slot, ended) : null,
            ended => OnFillEnded(slot, ended, asked))
        {
            Purges = purges,
        };
        lock (slot)
        {
            // One that was under way is of another version: its readers have it, nobody else gets it.
            if (slot.Fill is { } other)
            {
                other.IsUnwanted = true;
            }

            fill.IsUnwanted = slot.HardPurge > purges;
            slot.Fill = fill.IsUnwanted ? null : fill;
        }

        return fill;
    }

    // What is no JSON may be what the publisher wants; but it takes no good index's place.
    private static string? FindFault(CacheSlot slot, Fill fill) =>
        slot.Current?.Body is not null && !ContentCheck.IsJson(fill.Body.Body) ? "sent an index that is not JSON, in the place of a good one" : null;

    private void OnFillEnded(CacheSlot slot, Fill fill, long asked)
    {
        var body = fill.Body.Body;
        fill.Body.Release();
        _store.EndReservation(body);
        var isKept = fill.Failure is null && !fill.IsUnwanted && fill.Body.IsWhole;
        if (isKept)
        {
            Keep(slot, fill.Metadata, body, fill.Sha256, asked, fill.Purges);
        }
        else
        {
            (body as DiskBody)?.Delete();
        }

        lock (slot)
        {
            if (slot.Fill == fill)
            {
                slot.Fill = null;
            }

            // The version that its metadata told of is not there any more.
            if (fill.Failure is RepresentationChangedException && slot.Current is { Body: null } outdated)
            {
                Drop(slot, outdated);
            }
        }

        if (fill.Failure is BucketUnavailableException failure)
        {
            LogFailed(slot.Key.Value, failure.Message);
            NoteFailure(slot, failure);
        }

        lock (slot)
        {
            RemoveIfEmpty(slot);
        }
    }

    private void NoteFailure(CacheSlot slot, BucketUnavailableException failure)
    {
        // A node that is overloaded says nothing of the bucket.
        if (failure is BucketOverloadedException)
        {
            return;
        }

        CachedRefusal? refusal = null;
        lock (slot)
        {
            var now = Clock.Now;
            if (slot.Current is { Body: not null } current && current.Freshness.StateAt(now) != FreshnessState.Fresh)
            {
                current.Freshness.Rest(now);
            }
            else if (slot.Current?.Body is null)
            {
                slot.Refusal = refusal = new CachedRefusal(slot.Key, now + FailureHeld, failure, OnEvicted);
            }
        }

        AddRefusal(refusal);
    }

    [LoggerMessage(LogLevel.Error, "{Key} could not be brought from the bucket: {Reason}")]
    private partial void LogFailed(string key, string reason);
}
