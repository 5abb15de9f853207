using ReleaseServer.Http;

namespace ReleaseServer.Buckets;

/// <summary>What a bucket says of an object beside its bytes. Immutable.</summary>
/// <param name="Length">Bytes of the whole object.</param>
/// <param name="EntityTag">As the bucket gave it; one made of date and length where it gave none.</param>
/// <param name="Modified">
/// UTC, fractions kept. The source's own date where the uploader kept it (metadata <c>mtime</c>, decimal Unix seconds), else the store's.
/// </param>
/// <param name="ContentType">The stored media type; null where none was stored, and the site's table of extensions decides.</param>
/// <param name="ContentEncoding">The stored content coding, such as <c>gzip</c>; null for none.</param>
internal sealed record RepresentationMetadata(
    long Length,
    EntityTag EntityTag,
    DateTimeOffset Modified,
    string? ContentType = null,
    string? ContentEncoding = null)
{
    /// <summary>What is known of the bytes of the whole object, strongest first; empty where nothing is.</summary>
    public IReadOnlyList<ContentDigest> Digests
    {
        get;
        init => field = value as DigestList ?? new DigestList(value);
    } = DigestList.None;

    /// <summary>How the cache came by it; null where no cache stands between.</summary>
    public CacheUse? CacheUse { get; init; }

    /// <summary>Whether both tell of the same bytes, as far as a tag and a length can say.</summary>
    public bool IsSameVersion(RepresentationMetadata other) => EntityTag == other.EntityTag && Length == other.Length;
}

/// <summary>How an answer was come by (RFC 9211), and how old it is (RFC 9111 §5.1).</summary>
internal readonly record struct CacheUse(CacheStatus Status, TimeSpan Age);
