using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Releases;

/// <summary>An object of the bucket, read whole, with the version that was read.</summary>
internal sealed record StoredDocument(ReadOnlyMemory<byte> Content, EntityTag Tag)
{
    /// <param name="maxBytes">Longer ones are not read.</param>
    /// <param name="kind">What it is meant to be, for the message: <c>an index</c>.</param>
    /// <returns>Null where it is not there.</returns>
    /// <exception cref="BucketUnavailableException">The bucket failed, or the object is too long to be such a document.</exception>
    public static async Task<StoredDocument?> ReadAsync(IBucket bucket, AssetKey key, long maxBytes, string kind, CancellationToken cancellationToken)
    {
        await using var opened = await bucket.OpenAsync(key, range: null, expected: null, cancellationToken);
        if (opened is null)
        {
            return null;
        }

        if (opened.Metadata.Length > maxBytes)
        {
            throw new BucketUnavailableException($"{key} in {bucket.Description} has {opened.Metadata.Length:N0} bytes, which is too many for {kind}");
        }

        var content = new byte[opened.Metadata.Length];
        await opened.Body.ReadExactlyAsync(content, cancellationToken);
        return new StoredDocument(content, opened.Metadata.EntityTag);
    }
}
