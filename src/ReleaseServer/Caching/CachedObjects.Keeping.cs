using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Caching;

// What is kept, and how it goes.
internal sealed partial class CachedObjects
{
    // Takes the place of what was there before.
    private CachedObject Keep(
        CacheSlot slot, RepresentationMetadata metadata, CachedBody? body, string? sha256, long asked, int purges, Fill? fill = null)
    {
        var freshnessClass = _rules.ClassOf(slot.Key.Value);
        var kept = new CachedObject(slot.Key, metadata, body, new Freshness(freshnessClass, freshnessClass.Lifetime, asked), OnEvicted) { Sha256 = sha256 };
        if (body is DiskBody disk)
        {
            // Before anybody can find it, so that the line that says it is gone cannot come first.
            _disk!.Keep(disk, slot.Key, metadata, sha256!);
        }

        lock (slot)
        {
            // Metadata of the version that is kept already is no news.
            if (body is null && slot.Current is { Body: not null } whole && whole.Metadata.EntityTag == metadata.EntityTag)
            {
                return Vouch(slot, whole, asked, purges).Object!;
            }

            // Of a fill that another has taken the place of, or that a purge has ended, nothing is kept.
            if (slot.HardPurge > purges || (fill is not null && slot.Fill != fill))
            {
                MarkGone(kept);
                return kept;
            }

            if (slot.Purges != purges)
            {
                // Whoever asked was before the purge: this may be what it was meant for.
                kept.Freshness.Purge(Clock.Now, hasGrace: false);
                if (body is DiskBody purged)
                {
                    _disk!.Mark(purged, isPurged: true);
                }
            }

            if (slot.Current is { } old)
            {
                Drop(slot, old);
            }

            SetRefusal(slot, refusal: null);
            slot.Current = kept;
        }

        // Outside the lock: what must go for it lies in other slots.
        var queue = _store.QueueOf(body);
        if (!queue.TryAdd(kept))
        {
            OnEvicted(kept);
        }
        else if (kept.IsGone)
        {
            queue.Remove(kept);
        }

        return kept;
    }

    private Found KeepAbsence(CacheSlot slot, int purges)
    {
        var lifetime = _rules.Absence.Lifetime;
        CachedRefusal? absence = null;
        Fill? discarded;
        lock (slot)
        {
            if (slot.Current is { } gone)
            {
                Drop(slot, gone);
            }

            // It was there when that began.
            (discarded, slot.Fill) = (slot.Fill, null);

            if (slot.Purges == purges && lifetime > TimeSpan.Zero)
            {
                absence = SetRefusal(slot, new CachedRefusal(slot.Key, Clock.Now + lifetime.Ticks, failure: null, OnEvicted));
            }
        }

        discarded?.Discard();
        AddRefusal(absence);
        return default;
    }

    // Under the lock of the slot.
    private CachedRefusal? SetRefusal(CacheSlot slot, CachedRefusal? refusal)
    {
        if (slot.Refusal is { } old)
        {
            _refusals.Remove(old);
        }

        slot.Refusal = refusal;
        return refusal;
    }

    // Outside the lock of its slot: what must go for it lies in other slots.
    private void AddRefusal(CachedRefusal? refusal)
    {
        if (refusal is not null && !_refusals.TryAdd(refusal))
        {
            OnEvicted(refusal);
        }
    }

    private void Purge(CacheSlot slot, bool isHard)
    {
        Fill? discarded = null;
        lock (slot)
        {
            slot.Purges++;
            SetRefusal(slot, refusal: null);
            if (isHard)
            {
                slot.HardPurge = slot.Purges;
                if (slot.Current is { } dropped)
                {
                    Drop(slot, dropped);
                }

                (discarded, slot.Fill) = (slot.Fill, null);
                RemoveIfEmpty(slot);
            }
            else if (slot.Current is { } current)
            {
                current.Freshness.Purge(Clock.Now);
                if (current.Body is DiskBody purged)
                {
                    _disk!.Mark(purged, isPurged: true);
                }
            }
            else
            {
                RemoveIfEmpty(slot);
            }
        }

        discarded?.Discard();
    }

    private void OnEvicted(CachedObject evicted)
    {
        if (_slots.TryGetValue(evicted.Key.Value, out var slot))
        {
            lock (slot)
            {
                if (slot.Current == evicted)
                {
                    Drop(slot, evicted);
                    RemoveIfEmpty(slot);
                    return;
                }
            }
        }

        MarkGone(evicted);
    }

    private void OnEvicted(CachedRefusal evicted)
    {
        if (_slots.TryGetValue(evicted.Key.Value, out var slot))
        {
            lock (slot)
            {
                if (slot.Refusal == evicted)
                {
                    slot.Refusal = null;
                    RemoveIfEmpty(slot);
                }
            }
        }
    }

    // Under the lock of the slot.
    private void Drop(CacheSlot slot, CachedObject dropped)
    {
        // In this order: whoever is just adding it to the queue looks afterwards whether it has gone.
        slot.Current = null;
        MarkGone(dropped);
        _store.QueueOf(dropped.Body).Remove(dropped);
    }

    private void MarkGone(CachedObject gone)
    {
        if (!gone.IsGone)
        {
            gone.MarkGone();
            if (gone.Body is DiskBody disk)
            {
                _disk!.Forget(disk);
            }
        }
    }

    // Under the lock of the slot.
    private void RemoveIfEmpty(CacheSlot slot)
    {
        if (slot.IsEmpty)
        {
            slot.IsDead = true;
            _slots.TryRemove(KeyValuePair.Create(slot.Key.Value, slot));
        }
    }

    // What an earlier process wrote. Nothing is read of it but the index; each file is checked when it is first wanted.
    private void LoadDisk()
    {
        foreach (var (record, body) in _disk?.Load() ?? [])
        {
            if (!TryRead(record.Key!, out var key))
            {
                body.Delete();
                _disk!.Forget(body);
                continue;
            }

            var freshnessClass = _rules.ClassOf(key.Value);
            var age = Clock.UtcNow - record.Validated;
            var freshness = new Freshness(freshnessClass, freshnessClass.Lifetime, Clock.Now - Math.Max(0, age.Ticks));
            if (record.IsPurged)
            {
                freshness.Purge(Clock.Now, hasGrace: false);
            }

            var kept = new CachedObject(key, record.Metadata, body, freshness, OnEvicted) { IsTrusted = false, Sha256 = record.Sha256 };
            if (_slots.TryGetValue(key.Value, out var slot) && slot.Current is { } older)
            {
                Drop(slot, older);
            }

            _slots[key.Value] = new CacheSlot(key) { Current = kept };
            if (!_disk!.Queue.TryAdd(kept))
            {
                OnEvicted(kept);
            }
        }
    }

    private static bool TryRead(string name, out AssetKey key) => name.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal)
        ? AssetKey.TryCreateOwn(name[AssetKey.ReservedPrefix.Length..], out key)
        : AssetKey.TryCreate(name, out key);

    private Found CheckDisk(CacheSlot slot, CachedObject current)
    {
        if (IsAsWritten((DiskBody)current.Body!, current.Sha256!))
        {
            current.IsTrusted = true;
        }
        else
        {
            LogDamaged(slot.Key.Value);
            lock (slot)
            {
                if (slot.Current == current)
                {
                    Drop(slot, current);
                }
            }
        }

        return new Found(current, Fill: null, CacheStatus.Hit, MustLookAgain: true);
    }

    private bool IsAsWritten(DiskBody body, string sha256)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = body.Acquire();
            if (handle is null)
            {
                return false;
            }

            using var file = new FileStream(body.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return Convert.ToHexStringLower(SHA256.HashData(file)) == sha256;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _store.OnDiskFailure(exception);
            return false;
        }
        finally
        {
            if (handle is not null)
            {
                body.Release();
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The cache's file of {Key} is damaged and was dropped")]
    private partial void LogDamaged(string key);
}
