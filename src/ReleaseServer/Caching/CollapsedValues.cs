using System.Collections.Concurrent;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Transport;

namespace ReleaseServer.Caching;

/// <summary>
/// Values that are dear to work out, each by one caller while the others wait, kept while they are fresh; a stale one is answered while it is
/// worked out anew, and when that fails. Safe for concurrent use.
/// </summary>
/// <param name="clock">For freshness.</param>
/// <param name="memory">Where the values take room.</param>
/// <param name="costOf">Bytes that a value takes.</param>
internal sealed partial class CollapsedValues<TValue>(CacheClock clock, EvictionQueue memory, Func<TValue, long> costOf)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>After a failure nobody works on it again for this long.</summary>
    private static readonly FreshnessClass Failures = new("failure", TimeSpan.FromSeconds(1), TimeSpan.Zero, TimeSpan.Zero);

    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);

    /// <summary>How many names something is known of.</summary>
    public int Count => _slots.Count;

    /// <summary>The value of a name, and how it was come by: its age counts where it is stale.</summary>
    /// <param name="work">Works it out; not cancelled by any one caller.</param>
    /// <exception cref="BucketUnavailableException">It could not be worked out, and there is none to fall back on.</exception>
    public async ValueTask<(TValue Value, CacheUse Use)> GetAsync(
        string name, FreshnessClass freshness, Func<string, Task<TValue>> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            if (TryFind(name, freshness, work, out var found, out var working, out var fallback))
            {
                return (found.Value, UseOf(found));
            }

            try
            {
                var worked = fallback is null
                    ? await working.WaitAsync(cancellationToken)
                    : await working.WaitAsync(Patience, clock.Time, cancellationToken);
                if (!worked.IsOutdated)
                {
                    return (worked.Value, new CacheUse(CacheStatus.Miss, TimeSpan.Zero));
                }
            }
            catch (Exception exception) when (fallback is not null && exception is BucketUnavailableException or TimeoutException)
            {
                if (!fallback.IsGone)
                {
                    return (fallback.Value, UseOf(fallback));
                }
            }
        }
    }

    /// <summary>Ends the freshness of values, or drops them.</summary>
    public void Purge(Func<string, bool> isNamed, bool isHard)
    {
        foreach (var (name, slot) in _slots)
        {
            if (!isNamed(name))
            {
                continue;
            }

            lock (slot)
            {
                slot.Purges++;
                if (isHard || slot.Kept?.Failure is not null)
                {
                    slot.HardPurge = slot.Purges;
                    Replace(slot, kept: null);
                    RemoveIfEmpty(slot);
                }
                else
                {
                    slot.Kept?.Freshness.Purge(clock.Now);
                }
            }
        }
    }

    private bool TryFind(
        string name, FreshnessClass freshness, Func<string, Task<TValue>> work, out Kept found, out Task<Worked> working, out Kept? fallback)
    {
        (found, working, fallback) = (null!, null!, null);
        while (true)
        {
            var slot = _slots.GetOrAdd(name, static made => new Slot(made));
            lock (slot)
            {
                if (!slot.IsDead)
                {
                    return TryFindIn(slot, freshness, work, ref found, ref working, ref fallback);
                }
            }
        }
    }

    private bool TryFindIn(
        Slot slot, FreshnessClass freshness, Func<string, Task<TValue>> work, ref Kept found, ref Task<Worked> working, ref Kept? fallback)
    {
        var kept = slot.Kept;
        var now = clock.Now;
        var state = kept?.Freshness.StateAt(now) ?? FreshnessState.Dead;
        if (kept?.Failure is { } failure)
        {
            kept = state == FreshnessState.Fresh ? throw new BucketUnavailableException(failure.Message, failure) : null;
        }
        else if (state is FreshnessState.Fresh or FreshnessState.Stale)
        {
            kept!.Touch();
            if (state == FreshnessState.Stale && kept.Freshness.MayAskAt(now) && slot.Working is null)
            {
                Work(slot, freshness, work);
            }

            found = kept;
            return true;
        }

        fallback = state == FreshnessState.Expired ? kept : null;
        working = slot.Working ?? Work(slot, freshness, work);
        return false;
    }

    private CacheUse UseOf(Kept kept)
    {
        var now = clock.Now;
        return new CacheUse(kept.Freshness.StatusAt(now), kept.Freshness.AgeAt(now));
    }

    // Under the lock of the slot.
    private Task<Worked> Work(Slot slot, FreshnessClass freshness, Func<string, Task<TValue>> work)
    {
        var working = WorkAsync(slot, freshness, work);
        slot.Working = working;
        // Nobody may be waiting: then a failure is no news to anyone.
        working.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return working;
    }

    private async Task<Worked> WorkAsync(Slot slot, FreshnessClass freshness, Func<string, Task<TValue>> work)
    {
        var purges = slot.Purges;
        // Not under the lock of the caller.
        await EventThread.LeaveCaller();
        Kept kept;
        try
        {
            var asked = clock.Now;
            var value = await work(slot.Name);
            kept = new Kept(this, slot, value, failure: null, new Freshness(freshness, freshness.Lifetime, asked), costOf(value));
        }
        catch (Exception exception)
        {
            var failed = exception is BucketUnavailableException failure
                ? new Kept(this, slot, default!, failure, new Freshness(Failures, Failures.Lifetime, clock.Now), cost: 0)
                : null;
            End(slot, failed, purges);
            Admit(failed);
            throw;
        }

        var isOutdated = End(slot, kept, purges);
        Admit(kept);
        return new Worked(kept.Value, isOutdated);
    }

    /// <summary>Ends the work on a value.</summary>
    /// <returns>Whether it was purged meanwhile: who waits looks again.</returns>
    private bool End(Slot slot, Kept? kept, int purges)
    {
        lock (slot)
        {
            slot.Working = null;
            var isOutdated = slot.Purges != purges;
            if (kept?.Failure is { } failure)
            {
                NoteFailure(slot, kept, failure, isOutdated);
            }
            else if (kept is not null && slot.HardPurge <= purges)
            {
                Replace(slot, kept);
                if (isOutdated)
                {
                    kept.Freshness.Purge(clock.Now, hasGrace: false);
                }
            }

            RemoveIfEmpty(slot);
            return isOutdated;
        }
    }

    // A node that is overloaded says nothing of the bucket, and work from before a purge nothing of what is there now.
    private void NoteFailure(Slot slot, Kept kept, BucketUnavailableException failure, bool isOutdated)
    {
        if (failure is BucketOverloadedException || isOutdated)
        {
            return;
        }

        var now = clock.Now;
        if (slot.Kept is { Failure: null } old && old.Freshness.StateAt(now) != FreshnessState.Dead)
        {
            old.Freshness.Rest(now);
            return;
        }

        Replace(slot, kept);
    }

    /// <summary>What came of some work, and whether a purge came in between.</summary>
    private readonly record struct Worked(TValue Value, bool IsOutdated);
}
