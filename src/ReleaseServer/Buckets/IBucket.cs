using ReleaseServer.Http;

namespace ReleaseServer.Buckets;

/// <summary>Read access to one bucket of release assets. Safe for concurrent use.</summary>
/// <remarks>
/// Absence is an answer and comes back as <see langword="null"/>; failure is an exception, always
/// <see cref="BucketUnavailableException"/>, whatever the client library threw. Cancellation by the caller stays
/// <see cref="OperationCanceledException"/>. Implementations and decorators pass <c>BucketContract</c> in the tests.
/// </remarks>
internal interface IBucket
{
    /// <summary>What to call this bucket in messages, without secrets: <c>folder data/bucket</c>, <c>s3 dist at http://…</c>.</summary>
    string Description { get; }

    /// <summary>
    /// Whether <see cref="BucketEntry.Modified"/> of <see cref="ListAsync"/> is already the source's date, as a folder's is. Where it is
    /// false, as with S3, the listing gives the date of the upload and only <see cref="HeadAsync"/> gives the source's.
    /// </summary>
    bool ListsSourceDates { get; }

    /// <summary>Reads an object's metadata (S3 HeadObject), a marker's too (<see cref="AssetKey.TryCreateMarker"/>).</summary>
    /// <exception cref="BucketUnavailableException">No answer in <see cref="BucketOptions.AttemptTimeout"/>.</exception>
    ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken);

    /// <summary>Opens an object's content for one forward read (S3 GetObject); the caller disposes the result.</summary>
    /// <param name="key">Which object.</param>
    /// <param name="range">Bytes wanted, inside the object; <see langword="null"/> for all of them.</param>
    /// <param name="expected">The version the caller means (If-Match); <see langword="null"/> for the current one.</param>
    /// <param name="cancellationToken">Ends the wait for the response head. Reads of the body take their own.</param>
    /// <exception cref="BucketUnavailableException">
    /// As above, or the object has no such bytes; past the first byte, the stream throws it.
    /// </exception>
    /// <exception cref="RepresentationChangedException">The object is there, but is not <paramref name="expected"/>.</exception>
    ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken);

    /// <summary>Opens an object's content, unless it is still the version the caller has (S3 GetObject with If-None-Match): one request either way.</summary>
    /// <param name="key">Which object.</param>
    /// <param name="known">The version the caller has.</param>
    /// <param name="cancellationToken">As for <see cref="OpenAsync"/>.</param>
    /// <exception cref="BucketUnavailableException">As above.</exception>
    ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken);

    /// <summary>Whether any object's key begins with <paramref name="prefix"/> (one request of at most one key).</summary>
    /// <param name="prefix">Empty, or ends in a slash.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BucketUnavailableException">As above.</exception>
    ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Lists keys that begin with <paramref name="prefix"/>, page by page, in no order to rely on.</summary>
    /// <param name="prefix">Empty, or ends in a slash. A marker object of exactly this key is listed too.</param>
    /// <param name="depth">How far down.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <exception cref="BucketUnavailableException">A page failed: the enumeration throws and is never just short.</exception>
    IAsyncEnumerable<BucketEntry> ListAsync(string prefix, ListDepth depth, CancellationToken cancellationToken);
}
