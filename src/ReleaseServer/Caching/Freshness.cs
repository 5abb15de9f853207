using ReleaseServer.Http;

namespace ReleaseServer.Caching;

/// <summary>What may be done with an entry at a moment.</summary>
internal enum FreshnessState
{
    /// <summary>Answer from it.</summary>
    Fresh,

    /// <summary>Answer from it, and see that the bucket is asked meanwhile.</summary>
    Stale,

    /// <summary>Ask the bucket first; answer from it where the bucket fails.</summary>
    Expired,

    /// <summary>Of no use any more.</summary>
    Dead,
}

/// <summary>Lifetime, age and staleness of one entry (RFC 9111 §4.2, RFC 5861). Times are those of <see cref="CacheClock"/>. Safe for concurrent use.</summary>
internal sealed class Freshness
{
    /// <summary>After a purge, the old version is answered at once for this long at most, while the bucket is asked.</summary>
    private const long GraceAfterPurge = TimeSpan.TicksPerSecond;

    /// <summary>Rest between two attempts to revalidate while the bucket fails.</summary>
    private const long RestAfterFailure = 5 * TimeSpan.TicksPerSecond;

    /// <summary>So long after a failure nobody waits for another attempt; after that the bucket may well be back.</summary>
    private const long FailureRemembered = 60 * TimeSpan.TicksPerSecond;

    /// <summary>
    /// A file that cannot change is as good as validated at any moment, and is told to be no older than this: half of what downstream caches
    /// keep it for, which would else take it for stale as it arrives.
    /// </summary>
    private const long OldestImmutable = 1800 * TimeSpan.TicksPerSecond;

    private long _validated;
    private long _freshUntil;
    private long _graceUntil;
    private long _deadAt;
    private long _restUntil;
    private int _purges;

    /// <param name="now">When the bucket vouched for it.</param>
    public Freshness(FreshnessClass freshnessClass, TimeSpan lifetime, long now)
    {
        Class = freshnessClass;
        Validate(lifetime, now);
    }

    public FreshnessClass Class { get; }

    /// <summary>How often it was purged; whoever asks the bucket compares before and after.</summary>
    public int Purges => Volatile.Read(ref _purges);

    /// <summary>Whether an answer may be given at once and nothing else need be done: the one question of the hot path.</summary>
    public bool IsReadyAt(long now) => now < Volatile.Read(ref _freshUntil) || now < Volatile.Read(ref _restUntil);

    public FreshnessState StateAt(long now)
    {
        if (now < Volatile.Read(ref _freshUntil))
        {
            return FreshnessState.Fresh;
        }

        if (now >= Volatile.Read(ref _deadAt))
        {
            return FreshnessState.Dead;
        }

        var restUntil = Volatile.Read(ref _restUntil);
        return now < Volatile.Read(ref _graceUntil) || (restUntil > 0 && now < restUntil + FailureRemembered) ? FreshnessState.Stale : FreshnessState.Expired;
    }

    /// <summary>Whether the bucket may be asked again already.</summary>
    public bool MayAskAt(long now) => now >= Volatile.Read(ref _restUntil);

    public CacheStatus StatusAt(long now) => now < Volatile.Read(ref _freshUntil) ? CacheStatus.Hit : CacheStatus.Stale;

    /// <summary>Time since the bucket vouched for it (RFC 9111 §4.2.3).</summary>
    public TimeSpan AgeAt(long now)
    {
        var age = Math.Max(0, now - Volatile.Read(ref _validated));
        return new TimeSpan(Class.IsImmutable ? Math.Min(age, OldestImmutable) : age);
    }

    /// <summary>The bucket vouched for it.</summary>
    /// <param name="lifetime">Time it is fresh for.</param>
    public void Validate(TimeSpan lifetime, long now)
    {
        var freshUntil = Later(now, lifetime);
        Volatile.Write(ref _validated, now);
        Volatile.Write(ref _restUntil, 0);
        Volatile.Write(ref _graceUntil, Later(freshUntil, Class.StaleWhileRevalidate));
        Volatile.Write(ref _deadAt, Later(freshUntil, Class.StaleIfError));
        Volatile.Write(ref _freshUntil, freshUntil);
    }

    /// <summary>The bucket could not be asked: what is here is answered for a while, without another try.</summary>
    public void Rest(long now) => Volatile.Write(ref _restUntil, Math.Min(Later(now, new TimeSpan(RestAfterFailure)), Volatile.Read(ref _deadAt)));

    /// <summary>Ends freshness: somebody knows that the bucket has changed.</summary>
    /// <param name="hasGrace">Whether the old version may be answered for a moment; no purge gives it more time than it had before.</param>
    public void Purge(long now, bool hasGrace = true)
    {
        Interlocked.Increment(ref _purges);
        Volatile.Write(ref _freshUntil, Math.Min(now, Volatile.Read(ref _freshUntil)));
        Volatile.Write(ref _graceUntil, Math.Min(hasGrace ? now + GraceAfterPurge : now, Volatile.Read(ref _graceUntil)));
        Volatile.Write(ref _restUntil, 0);
    }

    // A moment before this process began is negative.
    private static long Later(long moment, TimeSpan span) =>
        moment > 0 && span.Ticks > long.MaxValue - moment ? long.MaxValue : moment + span.Ticks;
}
