using ReleaseServer.Buckets;

namespace ReleaseServer.Caching;

/// <summary>
/// One version of one object, whole and verified, or its metadata alone. Immutable but for its freshness, which purges and revalidations move,
/// and for its coded forms, which are made when first asked for.
/// </summary>
/// <param name="body">Null where only the metadata is known.</param>
/// <param name="onEvicted">Takes it out of the cache's tables.</param>
internal sealed class CachedObject(
    AssetKey key, RepresentationMetadata metadata, CachedBody? body, Freshness freshness, Action<CachedObject> onEvicted) : Resident
{
    /// <summary>What an entry takes beside its body: metadata, header texts, places in tables. Measured, rounded up.</summary>
    private const int Overhead = 1024;

    private volatile bool _isGone;

    public AssetKey Key => key;

    public RepresentationMetadata Metadata => metadata;

    public CachedBody? Body => body;

    public Freshness Freshness => freshness;

    public override string Id => key.Value;

    public override long Cost { get; } = Overhead + (2 * key.Value.Length) + (body?.Length ?? 0);

    /// <summary>
    /// Whether its bytes were checked by this process. What an earlier one left on the disk is read whole and checked before it is first used.
    /// </summary>
    public bool IsTrusted { get; set; } = true;

    /// <summary>SHA-256 of a body on disk, in hexadecimal, for that check; null for others.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Whether it has left the cache: nothing may be kept that leads to it.</summary>
    public bool IsGone => _isGone;

    /// <summary>Whether an answer may be given from it at once: the hot path asks nothing else.</summary>
    public bool IsReadyAt(long now) => !_isGone && freshness.IsReadyAt(now);

    /// <summary>Marks it as gone; whoever removes it from the cache calls this.</summary>
    public void MarkGone()
    {
        _isGone = true;
        if (body is DiskBody disk)
        {
            disk.Delete();
        }
    }

    protected internal override void OnEvicted() => onEvicted(this);
}
