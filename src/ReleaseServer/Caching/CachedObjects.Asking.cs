using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Transport;

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
        await EventThread.LeaveCaller();
        try
        {
            var found = question switch
            {
                Question.Head => await AskForMetadataAsync(slot, purges),
                Question.Open => await AskForAllAsync(slot, purges),
                Question.Revalidate when current is { Body: null } => await AskForMetadataAsync(slot, purges),
                Question.Revalidate => await RevalidateAsync(slot, current!.Metadata.EntityTag, current, purges),
                Question.RevalidateFill => await RevalidateFillAsync(slot, purges),
                _ => CheckDisk(slot, current!),
            };
            lock (slot)
            {
                // What was asked before a purge answers nobody: they look at what is here by now, and ask again.
                var isOutdated = slot.Purges != purges;
                EndAsking(slot, isOutdated);
                return isOutdated ? found with { MustLookAgain = true } : found;
            }
        }
        catch (Exception exception)
        {
            CachedRefusal? refusal;
            lock (slot)
            {
                var isOutdated = slot.Purges != purges;
                refusal = exception is BucketUnavailableException failure ? NoteFailure(slot, failure, purges) : null;
                EndAsking(slot, isOutdated);
                if (isOutdated && exception is BucketUnavailableException and not BucketOverloadedException)
                {
                    return new Found(Object: null, Fill: null, CacheStatus.Miss, MustLookAgain: true);
                }
            }

            AddRefusal(refusal);
            throw;
        }
    }

    // Under the lock of the slot. Where a purge came meanwhile, it could not ask itself.
    private void EndAsking(CacheSlot slot, bool isOutdated)
    {
        slot.Asking = null;
        if (isOutdated && slot.Current is { Uses: > 0 })
        {
            RefreshIn(slot);
        }

        RemoveIfEmpty(slot);
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
            ? await BeginAsync(slot, opened, turn, asked, purges)
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

        var found = await BeginAsync(slot, opened, turn, asked, purges);
        if (current is not null && found.Fill is { IsHeldWhole: true } fill)
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
        lock (slot)
        {
            current.Freshness.Validate(_rules.ClassOf(slot.Key.Value).Lifetime, asked);
            if (slot.Purges != purges)
            {
                current.Freshness.Purge(Clock.Now, hasGrace: false);
            }
            else if (current.Body is DiskBody disk)
            {
                // Under the lock, so that a purge that comes next writes its mark behind this one.
                _disk!.Mark(disk, isPurged: false);
            }
        }

        return new Found(current, Fill: null, CacheStatus.Revalidated);
    }

    // Under the lock of the slot. What comes out is for AddRefusal, without it.
    private CachedRefusal? NoteFailure(CacheSlot slot, BucketUnavailableException failure, int purges)
    {
        // A node that is overloaded says nothing of the bucket, and what was asked before a purge nothing of what is there now.
        if (failure is BucketOverloadedException || slot.Purges != purges)
        {
            return null;
        }

        var now = Clock.Now;
        var state = slot.Current?.Freshness.StateAt(now) ?? FreshnessState.Dead;
        if (state is FreshnessState.Stale or FreshnessState.Expired)
        {
            slot.Current!.Freshness.Rest(now);
        }

        return state == FreshnessState.Dead || slot.Current is { Body: null }
            ? SetRefusal(slot, new CachedRefusal(slot.Key, now + FailureHeld, failure, OnEvicted))
            : null;
    }
}
