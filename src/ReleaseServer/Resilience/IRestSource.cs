using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Resilience;

/// <summary>Somebody who is no bucket and may have what a bucket had: goes on with bodies that no bucket goes on with. Safe for concurrent use.</summary>
internal interface IRestSource
{
    /// <summary>Opens the rest of a body that broke; the caller disposes it.</summary>
    /// <param name="whole">Of the object whose body broke.</param>
    /// <param name="rest">Bytes that are missing.</param>
    /// <param name="isChecked">
    /// Whether the caller holds the whole against its digest before it shows the end of it. If not, nothing but an equal strong tag, which is a
    /// digest itself, proves that the bytes are the same.
    /// </param>
    /// <returns>
    /// One forward read of exactly these bytes, which throws <see cref="BucketUnavailableException"/> where it breaks; null where nobody has them.
    /// </returns>
    ValueTask<Stream?> OpenAsync(AssetKey key, RepresentationMetadata whole, ByteRange rest, bool isChecked, CancellationToken cancellationToken);
}
