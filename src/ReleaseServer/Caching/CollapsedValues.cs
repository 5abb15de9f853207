using System.Collections.Concurrent;
using ReleaseServer.Buckets;

namespace ReleaseServer.Caching;

/// <summary>
/// Values that are dear to work out, each by one caller while the others wait, kept while they are fresh; a stale one is answered while it is
/// worked out anew, and when that fails. Safe for concurrent use.
/// </summary>
/// <param name="clock">For freshness.</param>
/// <param name="memory">Where the values take room.</param>
/// <param name="costOf">Bytes that a value takes.</param>
internal sealed class CollapsedValues<TValue>(CacheClock clock, EvictionQueue memory, Func<TValue, long> costOf)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);

    /// <summary>The value of a name.</summary>
    /// <param name="work">Works it out; not cancelled by any one caller.</param>
    /// <exception cref="BucketUnavailableException">It could not be worked out, and there is none to fall back on.</exception>
    public async ValueTask<TValue> GetAsync(
        string name, FreshnessClass freshness, Func<string, Task<TValue>> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var slot = _slots.GetOrAdd(name, static _ => new Slot());
        Task<TValue> working;
        Kept? kept;
        lock (slot)
        {
            kept = slot.Kept;
            var now = clock.Now;
            var state = kept?.Freshness.StateAt(now) ?? FreshnessState.Dead;
            if (state is FreshnessState.Fresh or FreshnessState.Stale)
            {
                kept!.Touch();
                if (state == FreshnessState.Stale && kept.Freshness.MayAskAt(now))
                {
                    slot.Working ??= WorkAsync(slot, name, freshness, work);
                }

                return kept.Value;
            }

            kept = state == FreshnessState.Expired ? kept : null;
            working = slot.Working ??= WorkAsync(slot, name, freshness, work);
        }

        if (kept is null)
        {
            return await working.WaitAsync(cancellationToken);
        }

        try
        {
            return await working.WaitAsync(Patience, clock.Time, cancellationToken);
        }
        catch (Exception exception) when (exception is BucketUnavailableException or TimeoutException)
        {
            return kept.Value;
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

            Kept? dropped = null;
            lock (slot)
            {
                slot.Purges++;
                slot.Kept?.Freshness.Purge(clock.Now);
                if (isHard)
                {
                    (dropped, slot.Kept) = (slot.Kept, null);
                }
            }

            if (dropped is not null)
            {
                memory.Remove(dropped);
            }
        }
    }

    private async Task<TValue> WorkAsync(Slot slot, string name, FreshnessClass freshness, Func<string, Task<TValue>> work)
    {
        var purges = slot.Purges;
        // Not under the lock of the caller.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var asked = clock.Now;
            var value = await work(name);
            var kept = new Kept(this, name, value, new Freshness(freshness, freshness.Lifetime, asked), costOf(value));
            Kept? old;
            lock (slot)
            {
                if (slot.Purges != purges)
                {
                    kept.Freshness.Purge(clock.Now);
                }

                (old, slot.Kept) = (slot.Kept, kept);
            }

            if (old is not null)
            {
                memory.Remove(old);
            }

            if (!memory.TryAdd(kept))
            {
                Forget(name, kept);
            }

            return value;
        }
        catch (BucketUnavailableException)
        {
            lock (slot)
            {
                slot.Kept?.Freshness.Rest(clock.Now);
            }

            throw;
        }
        finally
        {
            lock (slot)
            {
                slot.Working = null;
            }

            Forget(name, kept: null);
        }
    }

    // Where a caller holds the slot that is taken out here, a value is worked out once more than need be, and no more than that.
    private void Forget(string name, Kept? kept)
    {
        if (_slots.TryGetValue(name, out var slot))
        {
            lock (slot)
            {
                if (slot.Kept == kept)
                {
                    slot.Kept = null;
                }

                if (slot.Kept is null && slot.Working is null)
                {
                    _slots.TryRemove(KeyValuePair.Create(name, slot));
                }
            }
        }
    }

    private sealed class Slot
    {
        public Kept? Kept { get; set; }

        public Task<TValue>? Working { get; set; }

        public int Purges { get; set; }
    }

    private sealed class Kept(CollapsedValues<TValue> owner, string name, TValue value, Freshness freshness, long cost) : Resident
    {
        private const int Overhead = 256;

        public override string Id => name;

        public override long Cost { get; } = cost + Overhead + (2 * name.Length);

        public TValue Value => value;

        public Freshness Freshness => freshness;

        protected internal override void OnEvicted() => owner.Forget(name, this);
    }
}
