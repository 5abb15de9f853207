using ReleaseServer.Buckets;

namespace ReleaseServer.Caching;

// What is known of each name, and the room that it takes.
internal sealed partial class CollapsedValues<TValue>
{
    // Outside the lock: what must go for it lies in other slots.
    private void Admit(Kept? kept)
    {
        if (kept is null || kept.Slot.Kept != kept)
        {
            return;
        }

        if (!memory.TryAdd(kept))
        {
            Forget(kept);
            return;
        }

        lock (kept.Slot)
        {
            if (kept.Slot.Kept != kept)
            {
                memory.Remove(kept);
            }
        }
    }

    private void Forget(Kept kept)
    {
        lock (kept.Slot)
        {
            if (kept.Slot.Kept == kept)
            {
                Replace(kept.Slot, kept: null);
                RemoveIfEmpty(kept.Slot);
            }
        }
    }

    // Under the lock of the slot.
    private void Replace(Slot slot, Kept? kept)
    {
        if (slot.Kept is { } old)
        {
            old.IsGone = true;
            memory.Remove(old);
        }

        slot.Kept = kept;
    }

    // Under the lock of the slot.
    private void RemoveIfEmpty(Slot slot)
    {
        if (slot.Kept is null && slot.Working is null)
        {
            slot.IsDead = true;
            _slots.TryRemove(KeyValuePair.Create(slot.Name, slot));
        }
    }

    private sealed class Slot(string name)
    {
        public string Name => name;

        public Kept? Kept { get; set; }

        public Task<Worked>? Working { get; set; }

        public int Purges { get; set; }

        public int HardPurge { get; set; }

        public bool IsDead { get; set; }
    }

    /// <summary>A value, or the knowledge that it could not be worked out a moment ago.</summary>
    private sealed class Kept(
        CollapsedValues<TValue> owner, Slot slot, TValue value, BucketUnavailableException? failure, Freshness freshness, long cost) : Resident
    {
        private const int Overhead = 256;

        public override string Id => slot.Name;

        public override long Cost { get; } = cost + Overhead + (2 * slot.Name.Length);

        public Slot Slot => slot;

        public TValue Value => value;

        public BucketUnavailableException? Failure => failure;

        public Freshness Freshness => freshness;

        public bool IsGone { get; set; }

        protected internal override void OnEvicted() => owner.Forget(this);
    }
}
