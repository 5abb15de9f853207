using ReleaseServer.Http;

namespace ReleaseServer.Buckets;

/// <summary>A bucket that commands may change. The server never sees it, so it can run with a read-only credential.</summary>
internal interface IWritableBucket : IBucket
{
    /// <summary>Writes a whole object at once; readers see the old bytes or the new ones, never a mix.</summary>
    /// <param name="key">Which object.</param>
    /// <param name="content">All of its bytes.</param>
    /// <param name="attributes">What to store beside them.</param>
    /// <param name="condition">What must hold of the object that is there.</param>
    /// <param name="cancellationToken">Ends the wait; the object may have been written all the same.</param>
    /// <returns>The new entity tag; <see langword="null"/> when <paramref name="condition"/> did not hold and nothing was written.</returns>
    /// <exception cref="BucketUnavailableException">No usable answer; the object may have been written.</exception>
    ValueTask<EntityTag?> WriteAsync(
        AssetKey key,
        ReadOnlyMemory<byte> content,
        ObjectAttributes attributes,
        WriteCondition condition,
        CancellationToken cancellationToken);

    /// <summary>Writes an object of any size from a stream, whatever is there, holding no more than a few parts of it in memory.</summary>
    /// <remarks>Readers see the old bytes or the new ones. Where reading <paramref name="content"/> throws, nothing is written, and that exception comes out.</remarks>
    /// <param name="key">Which object.</param>
    /// <param name="content">Read to its end; stays the caller's.</param>
    /// <param name="length">Bytes in <paramref name="content"/>.</param>
    /// <param name="attributes">What to store beside them.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BucketUnavailableException">No usable answer, or the stream holds more or fewer bytes.</exception>
    ValueTask UploadAsync(AssetKey key, Stream content, long length, ObjectAttributes attributes, CancellationToken cancellationToken);

    /// <summary>Copies an object of another bucket, or of this one, without its bytes passing through here, where the store can do that.</summary>
    /// <remarks>
    /// A store may not hold the copy against the version that is meant (Ceph 16 does not), so the caller looks at both afterwards:
    /// <see cref="ObjectCopy"/> does.
    /// </remarks>
    /// <param name="source">Where it is.</param>
    /// <param name="from">Its key there.</param>
    /// <param name="version">Its metadata there: the version that is meant.</param>
    /// <param name="key">Which object to write, whatever is there.</param>
    /// <param name="attributes">What to store beside it; nothing of the source's is kept.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False, with nothing written, where the bytes have to be carried: another kind of bucket, another service, or no right to read there.</returns>
    /// <exception cref="BucketUnavailableException">No usable answer.</exception>
    /// <exception cref="RepresentationChangedException">The source is another version, or gone.</exception>
    ValueTask<bool> TryCopyAsync(
        IBucket source, AssetKey from, RepresentationMetadata version, AssetKey key, ObjectAttributes attributes, CancellationToken cancellationToken);

    /// <summary>Removes an object; one that is not there is no error.</summary>
    /// <exception cref="BucketUnavailableException">No usable answer.</exception>
    ValueTask DeleteAsync(AssetKey key, CancellationToken cancellationToken);
}

/// <summary>What is stored beside an object's bytes.</summary>
/// <param name="ContentType">Media type; a folder keeps none.</param>
/// <param name="Modified">The source's date, kept as metadata <c>mtime</c> or the file's time; null for now.</param>
/// <param name="Sha256">Digest of the bytes in hexadecimal, kept as metadata <c>sha256</c>; a folder keeps none. Null for none.</param>
/// <param name="ContentEncoding">Content coding; a folder keeps none. Null for none.</param>
internal sealed record ObjectAttributes(
    string? ContentType = null, DateTimeOffset? Modified = null, string? Sha256 = null, string? ContentEncoding = null);

/// <summary>What must hold for a write to happen.</summary>
internal readonly record struct WriteCondition
{
    /// <summary>Write whatever is there.</summary>
    public static readonly WriteCondition None;

    /// <summary>Write only where nothing is (If-None-Match: *).</summary>
    public static readonly WriteCondition IfAbsent = new() { MustBeAbsent = true };

    public bool MustBeAbsent { get; private init; }

    /// <summary>The version that must be there (If-Match); null for no such condition.</summary>
    public EntityTag? MustMatch { get; private init; }

    public static WriteCondition IfMatch(EntityTag tag) => new() { MustMatch = tag };
}
