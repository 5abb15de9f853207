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

    /// <summary>Removes an object; one that is not there is no error.</summary>
    /// <exception cref="BucketUnavailableException">No usable answer.</exception>
    ValueTask DeleteAsync(AssetKey key, CancellationToken cancellationToken);
}

/// <summary>What is stored beside an object's bytes.</summary>
/// <param name="ContentType">Media type; a folder keeps none.</param>
/// <param name="Modified">The source's date, kept as metadata <c>mtime</c> or the file's time; null for now.</param>
internal sealed record ObjectAttributes(string? ContentType = null, DateTimeOffset? Modified = null);

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
