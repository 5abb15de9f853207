namespace ReleaseServer.Caching;

/// <summary>What this node keeps of the bucket, and how much. Section <c>Cache</c>.</summary>
internal sealed class CacheOptions
{
    /// <summary>Whether anything is kept at all. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>A directory of this node's own for large objects; empty for none. Default <c>data/cache</c>.</summary>
    public string Path { get; set; } = "data/cache";

    /// <summary>
    /// Most bytes of memory for small objects, listings, metadata, and what is on its way from the bucket, 16 MiB to 1 TiB. Default 256 MiB.
    /// </summary>
    public long MemoryBytes { get; set; } = 256L << 20;

    /// <summary>Most bytes of disk for large objects, 0 to 1 PiB; 0 for none. Default 10 GiB.</summary>
    public long DiskBytes { get; set; } = 10L << 30;

    /// <summary>Overrides the lifetime of every class, for drills, 0 to 8,760 h; null for what the site data says. Default none.</summary>
    public TimeSpan? MaxAge { get; set; }

    /// <summary>Most reads of the bucket at once, 1 to 100,000. Default 256.</summary>
    public int MaxFills { get; set; } = 256;

    /// <summary>Most requests that wait for such a read to begin, 0 to 1,000,000; more are answered 503. Default 4,096.</summary>
    public int MaxQueuedFills { get; set; } = 4_096;

    /// <summary>Field that names the surrogate keys of an answer; empty for none. Default <c>Cache-Tag</c>.</summary>
    public string TagField { get; set; } = "Cache-Tag";
}
