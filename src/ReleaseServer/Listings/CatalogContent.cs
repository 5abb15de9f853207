using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Listings;

/// <summary>Reads catalog documents from a bucket.</summary>
internal static class CatalogContent
{
    // A directory of 100,000 objects takes a tenth of it.
    private const long MaxBytes = 128 << 20;

    /// <summary>All bytes of a document; null where there is none.</summary>
    /// <exception cref="BucketUnavailableException">No answer, or the body broke.</exception>
    /// <exception cref="CatalogFormatException">Too long to be a document.</exception>
    public static async ValueTask<byte[]?> ReadAsync(IBucket bucket, AssetKey key, CancellationToken cancellationToken) =>
        (await ReadVersionAsync(bucket, key, cancellationToken))?.Bytes;

    /// <summary>As <see cref="ReadAsync"/>, with the entity tag of what was read.</summary>
    public static async ValueTask<(byte[] Bytes, EntityTag Version)?> ReadVersionAsync(
        IBucket bucket, AssetKey key, CancellationToken cancellationToken)
    {
        await using var representation = await bucket.OpenAsync(key, range: null, expected: null, cancellationToken);
        if (representation is null)
        {
            return null;
        }

        if (representation.Metadata.Length > MaxBytes)
        {
            throw new CatalogFormatException($"{key} is too long for a catalog document");
        }

        var bytes = new byte[representation.Metadata.Length];
        await representation.Body.ReadExactlyAsync(bytes, cancellationToken);
        return (bytes, representation.Metadata.EntityTag);
    }
}
