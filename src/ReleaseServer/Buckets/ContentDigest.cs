using System.Buffers;

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
internal readonly record struct ContentDigest(DigestAlgorithm Algorithm, string Hex)
{
    /// <summary>Whether two contents with the same digest are the same; a checksum only finds what broke by chance.</summary>
    public bool IsProof => Algorithm is DigestAlgorithm.Sha256 or DigestAlgorithm.Sha1 or DigestAlgorithm.Md5;

    /// <summary>What is wrong with bytes that have another digest, where this is the one they should have; null for nothing.</summary>
    public string? Refute(ContentDigest found) => found == this ? null : $"sent bytes whose {Algorithm} is {found.Hex}, not {Hex} as it says itself";

    /// <summary>Bytes of a digest.</summary>
    public static int LengthOf(DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Sha256 => 32,
        DigestAlgorithm.Sha1 => 20,
        DigestAlgorithm.Md5 => 16,
        DigestAlgorithm.Crc64Nvme => 8,
        DigestAlgorithm.Crc32C or DigestAlgorithm.Crc32 => 4,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "is not known"),
    };

    /// <summary>Reads hexadecimal digits, or Base64 (RFC 4648 §4); null for what is neither, or of another length.</summary>
    public static ContentDigest? Read(DigestAlgorithm algorithm, string? text)
    {
        Span<byte> bytes = stackalloc byte[LengthOf(algorithm)];
        var isHex = text?.Length == bytes.Length * 2 && Convert.FromHexString(text, bytes, out _, out _) == OperationStatus.Done;
        var isBase64 = !isHex && text is not null && Convert.TryFromBase64String(text, bytes, out var length) && length == bytes.Length;
        return isHex || isBase64 ? new ContentDigest(algorithm, Convert.ToHexStringLower(bytes)) : null;
    }
}
