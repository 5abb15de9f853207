using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Resilience;

namespace ReleaseServer.Caching;

/// <summary>
/// All objects that this node keeps, by key: answers from them what it can, and asks the bucket one question for a key at a time, whose answer
/// everybody gets who wants it, failures included. Safe for concurrent use.
/// </summary>
internal sealed partial class CachedObjects : IObjectCache, IDisposable
{
    /// <summary>Who has something old to fall back on waits no longer than this for the bucket.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>After a failure nobody asks for the key again for this long: many clients that retry are one, too.</summary>
    private static readonly long FailureHeld = TimeSpan.FromSeconds(1).Ticks;

    /// <summary>Part of memory that knowledge of absent names and of failures may take: random names must not push out what is there.</summary>
    private const int RefusalPart = 64;

    private readonly ConcurrentDictionary<string, CacheSlot> _slots = new(StringComparer.Ordinal);
    private readonly IBucket _bucket;
    private readonly ICacheRules _rules;
    private readonly FillGate _gate;
    private readonly DiskTier? _disk;
    private readonly BodyStore _store;
    private readonly EvictionQueue _refusals;
    private readonly IAlerts _alerts;
    private readonly ILogger _logger;

    public CachedObjects(
        IBucket bucket, FillGate gate, ICacheRules rules, CacheClock clock, EvictionQueue memory, DiskTier? disk, IAlerts alerts, ILogger logger)
    {
        (_bucket, _gate, _rules, Clock, Memory, _disk, _alerts, _logger) = (bucket, gate, rules, clock, memory, disk, alerts, logger);
        _store = new BodyStore(memory, disk);
        _refusals = new EvictionQueue(memory.Capacity / RefusalPart);
        LoadDisk();
    }

    /// <summary>Who goes on with a body where the bucket does not; null for nobody.</summary>
    public IRestSource? Rest { get; init; }

    public FillCounts Fills { get; } = new();

    /// <summary>Whether the disk takes files; null where there is none.</summary>
    public bool? IsDiskUsable => _disk?.IsUsable;

    /// <summary>How many keys something is known of.</summary>
    public int Count => _slots.Count;

    public CacheClock Clock { get; }

    public EvictionQueue Memory { get; }

    /// <summary>Room for large objects; null where there is no disk.</summary>
    public EvictionQueue? Disk => _disk?.Queue;

    public CachedObject? Find(AssetKey key) =>
        _slots.TryGetValue(key.Value, out var slot) && slot.Current is { IsTrusted: true } current ? current : null;

    /// <summary>Finds an object, here or in the bucket.</summary>
    /// <param name="needsBody">Whether its bytes are wanted; else metadata will do.</param>
    /// <exception cref="BucketUnavailableException">The bucket failed, and there is nothing to fall back on.</exception>
    public async ValueTask<Found> FindAsync(AssetKey key, bool needsBody, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var status = CacheStatus.Collapsed;
        while (true)
        {
            if (TryFind(key, needsBody, ref status, out var found, out var asking, out var fallback))
            {
                return found;
            }

            try
            {
                found = fallback is null
                    ? await asking.WaitAsync(cancellationToken)
                    : await asking.WaitAsync(Patience, Clock.Time, cancellationToken);
            }
            catch (Exception exception) when (fallback is not null && exception is BucketUnavailableException or TimeoutException)
            {
                if (fallback.IsGone)
                {
                    // Purged for good while this one waited.
                    continue;
                }

                return new Found(fallback, Fill: null, CacheStatus.Stale);
            }

            // Metadata that another wanted is no body; and an answer of the moment counts even where it may not be kept at all.
            var isEnough = !needsBody || found.IsAbsent || found.Fill is not null || found.Status == CacheStatus.Bypass
                || found.Object is { Body: not null };
            if (isEnough && !found.MustLookAgain)
            {
                return found.Status == CacheStatus.Miss ? found with { Status = status } : found;
            }
        }
    }

    /// <summary>Ends the freshness of entries or drops them.</summary>
    /// <param name="isNamed">Of a key, and of the class of its entry.</param>
    /// <param name="dryRun">Only say which.</param>
    public List<CacheSlot> Purge(Func<string, FreshnessClass, bool> isNamed, bool isHard, bool dryRun)
    {
        var named = new List<CacheSlot>();
        foreach (var (key, slot) in _slots)
        {
            if (isNamed(key, _rules.ClassOf(key)))
            {
                named.Add(slot);
                if (!dryRun)
                {
                    Purge(slot, isHard);
                }
            }
        }

        return named;
    }

    /// <summary>Asks the bucket about entries that were purged, so that who comes next need not wait for it.</summary>
    public void Refresh(CacheSlot slot)
    {
        lock (slot)
        {
            RefreshIn(slot);
        }
    }

    /// <summary>Drops metadata that the bucket has contradicted since, unless something else is kept by now.</summary>
    public void Drop(CachedObject contradicted) => OnEvicted(contradicted);

    public void Dispose() => _disk?.Dispose();

    private bool TryFind(
        AssetKey key,
        bool needsBody,
        ref CacheStatus status,
        out Found found,
        [NotNullWhen(false)] out Task<Found>? asking,
        out CachedObject? fallback)
    {
        (found, asking, fallback) = (default, null, null);
        while (true)
        {
            var slot = _slots.GetOrAdd(key.Value, static (_, made) => new CacheSlot(made), key);
            lock (slot)
            {
                if (slot.IsDead)
                {
                    continue;
                }

                return TryFindIn(slot, needsBody, ref status, out found, out asking, out fallback);
            }
        }
    }

    // Under the lock of the slot.
    private void RefreshIn(CacheSlot slot)
    {
        if (slot is { Current: { Body: not null, IsTrusted: true } current, Asking: null, Fill: null } && !current.Freshness.IsReadyAt(Clock.Now))
        {
            Ask(slot, Question.Revalidate);
        }
    }

    private bool TryFindIn(
        CacheSlot slot, bool needsBody, ref CacheStatus status, out Found found, [NotNullWhen(false)] out Task<Found>? asking, out CachedObject? fallback)
    {
        (found, asking, fallback) = (default, null, null);
        var now = Clock.Now;
        var current = slot.Current;
        var state = current?.Freshness.StateAt(now) ?? FreshnessState.Dead;
        var isEnough = current is not null && state != FreshnessState.Dead && (!needsBody || current.Body is not null);
        if (isEnough && needsBody && !current!.IsTrusted)
        {
            asking = slot.Asking ?? Ask(slot, Question.CheckDisk);
            return false;
        }

        if (isEnough && state is FreshnessState.Fresh or FreshnessState.Stale)
        {
            current!.Touch();
            if (state == FreshnessState.Stale && current.Freshness.MayAskAt(now) && slot is { Asking: null, Fill: null })
            {
                Ask(slot, Question.Revalidate);
            }

            found = new Found(current, Fill: null, current.Freshness.StatusAt(now));
            return true;
        }

        fallback = isEnough ? current : null;
        if (slot.Fill is { } fill)
        {
            return TryFindOnItsWay(slot, fill, status, fallback, out found, out asking);
        }

        if (fallback is null && slot.Refusal is { } refusal && now < refusal.Until)
        {
            refusal.Touch();
            return refusal.Failure is { } failure ? throw new BucketUnavailableException(failure.Message, failure) : true;
        }

        // Metadata of a moment ago says that there is no place for it: no need to open it for nothing.
        if (needsBody && current is { Body: null } && state is FreshnessState.Fresh or FreshnessState.Stale && !_store.HasRoomFor(current.Metadata.Length))
        {
            found = new Found(current, Fill: null, CacheStatus.Bypass);
            return true;
        }

        asking = slot.Asking;
        if (asking is null)
        {
            status = CacheStatus.Miss;
            asking = Ask(slot, isEnough ? Question.Revalidate : needsBody ? Question.Open : Question.Head);
        }

        return false;
    }

    private bool TryFindOnItsWay(
        CacheSlot slot, Fill fill, CacheStatus status, CachedObject? fallback, out Found found, [NotNullWhen(false)] out Task<Found>? asking)
    {
        (found, asking) = (default, null);
        if (fill.Purges != slot.Purges)
        {
            asking = slot.Asking ?? Ask(slot, Question.RevalidateFill);
            return false;
        }

        if (fallback is null || !fill.IsHeldWhole)
        {
            found = new Found(Object: null, fill, status);
            return true;
        }

        // What is on its way may yet turn out to be no good; who asked for it waits until that is known, and so do the others.
        asking = slot.Asking;
        found = new Found(fallback, Fill: null, CacheStatus.Stale);
        return asking is null;
    }
}
