using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Caching;

/// <summary>All that is known of one key. Its members are read and changed under a lock on the slot; <see cref="Current"/> is also read without.</summary>
internal sealed class CacheSlot(AssetKey key)
{
    private volatile CachedObject? _current;

    public AssetKey Key => key;

    /// <summary>The version that answers are given from; null for none.</summary>
    public CachedObject? Current
    {
        get => _current;
        set => _current = value;
    }

    /// <summary>Why there is nothing to answer with at the moment; null where that is not known.</summary>
    public CachedRefusal? Refusal { get; set; }

    /// <summary>A version on its way from the bucket; null for none.</summary>
    public Fill? Fill { get; set; }

    /// <summary>The one question to the bucket that is under way; null for none.</summary>
    public Task<Found>? Asking { get; set; }

    /// <summary>How often the key was purged; who asks the bucket compares before and after.</summary>
    public int Purges { get; set; }

    /// <summary><see cref="Purges"/> at the last hard one: nothing that was asked for before may be kept.</summary>
    public int HardPurge { get; set; }

    /// <summary>Whether it has been taken out of the table; whoever finds it so looks again.</summary>
    public bool IsDead { get; set; }

    public bool IsEmpty => Current is null && Refusal is null && Fill is null && Asking is null;
}

/// <summary>The knowledge that an object is not there, or that the bucket failed when it was asked a moment ago.</summary>
/// <param name="until">Until then nobody asks again.</param>
/// <param name="failure">What went wrong; null where the object is not there.</param>
internal sealed class CachedRefusal(
    AssetKey key, long until, BucketUnavailableException? failure, Action<CachedRefusal> onEvicted) : Resident
{
    private const int Overhead = 512;

    public AssetKey Key => key;

    public long Until => until;

    public BucketUnavailableException? Failure => failure;

    public override string Id => key.Value;

    public override long Cost { get; } = Overhead + (2 * key.Value.Length);

    protected internal override void OnEvicted() => onEvicted(this);
}

/// <summary>What was found for a key: an object that is kept, one on its way, one that is too large to keep, or nothing.</summary>
/// <param name="Object">Kept, maybe metadata alone.</param>
/// <param name="Fill">On its way.</param>
/// <param name="Opened">Too large to keep: opened for the first who takes it.</param>
/// <param name="MustLookAgain">Whether only something about the entry has changed, and what may be done with it is to be judged anew.</param>
internal readonly record struct Found(
    CachedObject? Object, Fill? Fill, CacheStatus Status, OpenedOnce? Opened = null, bool MustLookAgain = false)
{
    public bool IsAbsent => Object is null && Fill is null;

    public RepresentationMetadata? Metadata => Object?.Metadata ?? Fill?.Metadata;
}

/// <summary>A representation that one of several callers may have.</summary>
internal sealed class OpenedOnce(Representation opened)
{
    private Representation? _opened = opened;

    /// <summary>The representation, for the caller to dispose; null where another was first.</summary>
    public Representation? Take() => Interlocked.Exchange(ref _opened, null);
}
