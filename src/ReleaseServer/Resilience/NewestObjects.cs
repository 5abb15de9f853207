using System.Collections.Concurrent;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Resilience;

/// <summary>
/// Remembers which version of objects that change was read last, so that a replica that lags cannot bring an older one back. Bounded: what was
/// not asked for in the last tens of thousands of reads is forgotten. Safe for concurrent use.
/// </summary>
/// <param name="isImmutable">Says of a key whether its object never changes.</param>
/// <param name="capacity">Keys of each of two halves; the older one is dropped when the younger is full.</param>
internal sealed class NewestObjects(Func<string, bool> isImmutable, int capacity = 32_768)
{
    private volatile Halves _halves = new([], []);

    /// <summary>Notes what a bucket gave that counts.</summary>
    public void Note(AssetKey key, RepresentationMetadata metadata)
    {
        if (isImmutable(key.Value))
        {
            return;
        }

        var halves = _halves;
        halves.Young[key.Value] = new Version(metadata.EntityTag, metadata.Modified);
        if (halves.Young.Count > capacity)
        {
            Interlocked.CompareExchange(ref _halves, new Halves([], halves.Young), halves);
        }
    }

    /// <summary>Whether a replica's version may be answered.</summary>
    /// <param name="lags">Whether the replica is known to lag: then another version counts as an older one, whatever its date, which a copy may have made new.</param>
    public bool IsAcceptable(AssetKey key, RepresentationMetadata metadata, bool lags) =>
        isImmutable(key.Value)
        || !TryFind(key, out var known)
        || known.Tag == metadata.EntityTag
        || (!lags && metadata.Modified >= known.Modified);

    private bool TryFind(AssetKey key, out Version found)
    {
        var halves = _halves;
        return halves.Young.TryGetValue(key.Value, out found) || halves.Old.TryGetValue(key.Value, out found);
    }

    private readonly record struct Version(EntityTag Tag, DateTimeOffset Modified);

    private sealed record Halves(ConcurrentDictionary<string, Version> Young, ConcurrentDictionary<string, Version> Old);
}
