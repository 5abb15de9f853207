namespace ReleaseServer.Buckets;

/// <summary>Copies objects from bucket to bucket and makes sure of what arrived.</summary>
internal static class ObjectCopy
{
    /// <summary>Copies one object: within the store where it can do that, else through this process, in flat memory.</summary>
    /// <remarks>
    /// A copy within the store is held against the source, which must be the same version before and after it. One that is carried is hashed on
    /// its way where a digest is given, and never becomes visible where that is wrong.
    /// </remarks>
    /// <param name="source">Where it is.</param>
    /// <param name="from">Its key there.</param>
    /// <param name="version">Its metadata there: the version that is meant.</param>
    /// <param name="target">Where it is to be.</param>
    /// <param name="key">Its key there; whatever is there is replaced.</param>
    /// <param name="attributes">What to store beside it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What is there now, as the bucket says.</returns>
    /// <exception cref="BucketUnavailableException">One of the buckets failed, or has something else than it was given.</exception>
    /// <exception cref="RepresentationChangedException">The source is no longer the version that is meant.</exception>
    public static async Task<RepresentationMetadata> CopyAsync(
        IBucket source,
        AssetKey from,
        RepresentationMetadata version,
        IWritableBucket target,
        AssetKey key,
        ObjectAttributes attributes,
        CancellationToken cancellationToken)
    {
        if (!await target.TryCopyAsync(source, from, version, key, attributes, cancellationToken))
        {
            await using var opened = await source.OpenAsync(from, range: null, version.EntityTag, cancellationToken)
                ?? throw new RepresentationChangedException(from);
            await using var hashed = new HashingStream(opened.Body, attributes.Sha256, $"{from} of {source.Description}");
            await target.UploadAsync(key, hashed, version.Length, attributes, cancellationToken);
        }
        else if ((await source.HeadAsync(from, cancellationToken))?.IsSameVersion(version) is not true)
        {
            throw new RepresentationChangedException(from);
        }

        // Read back: a store's word that it has written is not enough for what stays for ever.
        var there = await target.HeadAsync(key, cancellationToken);
        return there is not null && there.Length == version.Length && HasDigest(there, attributes.Sha256)
            ? there
            : throw new BucketUnavailableException(
                $"{target.Description} was given {key} of {version.Length} bytes and has {(there is null ? "nothing" : $"{there.Length} bytes, or another sha256 beside them")}");
    }

    // A folder keeps none.
    private static bool HasDigest(RepresentationMetadata there, string? sha256) =>
        sha256 is null || there.Digests.All(digest => digest.Algorithm != DigestAlgorithm.Sha256 || digest.Hex == sha256);
}
