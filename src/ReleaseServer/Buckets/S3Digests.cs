using Amazon.S3.Model;
using ReleaseServer.Http;

namespace ReleaseServer.Buckets;

/// <summary>Reads what an S3 answer says of the bytes of its object.</summary>
internal static class S3Digests
{
    /// <summary>Metadata with the SHA-256 of the file that was uploaded, in hexadecimal or Base64.</summary>
    public const string Sha256Metadata = "x-amz-meta-sha256";

    /// <summary>Metadata with the MD5 of the file that was uploaded, in Base64, as rclone writes it with multipart uploads.</summary>
    public const string Md5Metadata = "x-amz-meta-md5chksum";

    /// <param name="metadata">Of an answer that <see cref="S3WireHandler"/> let through.</param>
    /// <param name="tag">The object's entity tag.</param>
    /// <param name="isPart">Whether the answer is to a range: checksums may then be of that part.</param>
    /// <param name="tagIsMd5">Whether a tag of 32 hexadecimal digits is taken for an MD5.</param>
    /// <returns>Strongest first; one of each algorithm, the uploader's word before the store's, which cannot know of what broke on the way to it.</returns>
    public static DigestList Read(MetadataCollection metadata, EntityTag tag, bool isPart, bool tagIsMd5)
    {
        var digests = new List<ContentDigest>();
        foreach (var algorithm in Enum.GetValues<DigestAlgorithm>())
        {
            var ofStore = isPart ? null : FromStore(algorithm, metadata);
            var best = FromUploader(algorithm, metadata) ?? ofStore ?? FromTag(algorithm, metadata, tag, tagIsMd5);
            if (best is { } digest)
            {
                digests.Add(digest);
            }
        }

        return digests.Count == 0 ? DigestList.None : new DigestList(digests);
    }

    private static ContentDigest? FromUploader(DigestAlgorithm algorithm, MetadataCollection metadata) => algorithm switch
    {
        DigestAlgorithm.Sha256 => ContentDigest.Read(algorithm, metadata[Sha256Metadata]),
        DigestAlgorithm.Md5 => ContentDigest.Read(algorithm, metadata[Md5Metadata]),
        _ => null,
    };

    // Of a multipart upload it may be a digest of the parts' digests, which says nothing of the bytes: "COMPOSITE", or a value such as "kU...=-12".
    private static ContentDigest? FromStore(DigestAlgorithm algorithm, MetadataCollection metadata) =>
        S3WireHandler.ChecksumField(algorithm) is { } field
        && !"COMPOSITE".Equals(Carried(metadata, S3WireHandler.ChecksumTypeField), StringComparison.OrdinalIgnoreCase)
            ? ContentDigest.Read(algorithm, Carried(metadata, field))
            : null;

    // A tag of a multipart upload ends in "-" and the number of parts. Under keys of KMS or of the customer it is of the encrypted bytes.
    private static ContentDigest? FromTag(DigestAlgorithm algorithm, MetadataCollection metadata, EntityTag tag, bool tagIsMd5)
    {
        var isMd5 = tagIsMd5
            && algorithm == DigestAlgorithm.Md5
            && !tag.IsWeak
            && Carried(metadata, S3WireHandler.CustomerEncryptionField) is null
            && Carried(metadata, S3WireHandler.EncryptionField)?.StartsWith("aws:kms", StringComparison.OrdinalIgnoreCase) is not true;
        var text = tag.Opaque.Trim('"');
        return isMd5 && text.Length == 2 * ContentDigest.LengthOf(algorithm) ? ContentDigest.Read(algorithm, text) : null;
    }

    private static string? Carried(MetadataCollection metadata, string field) => metadata[S3WireHandler.CarriedAs(field)];
}
