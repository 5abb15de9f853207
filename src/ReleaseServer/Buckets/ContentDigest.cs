namespace ReleaseServer.Buckets;

/// <summary>How a digest of an object's bytes was made.</summary>
internal enum DigestAlgorithm
{
    Sha256,
    Sha1,
    Md5,
    Crc64Nvme,
    Crc32C,
    Crc32,
}

/// <summary>What a store, or whoever uploaded the object, says of its bytes.</summary>
/// <param name="Hex">Lower-case hexadecimal, most significant byte first.</param>
internal readonly record struct ContentDigest(DigestAlgorithm Algorithm, string Hex);
