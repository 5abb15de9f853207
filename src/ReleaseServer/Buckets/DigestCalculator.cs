using System.Security.Cryptography;

namespace ReleaseServer.Buckets;

/// <summary>Works out a digest from bytes that come in pieces. Not safe for concurrent use.</summary>
internal sealed class DigestCalculator : IDisposable
{
    private readonly IncrementalHash _hash;

    public DigestCalculator(DigestAlgorithm algorithm)
    {
        Algorithm = algorithm;
        _hash = IncrementalHash.CreateHash(algorithm switch
        {
            DigestAlgorithm.Sha256 => HashAlgorithmName.SHA256,
            DigestAlgorithm.Sha1 => HashAlgorithmName.SHA1,
            DigestAlgorithm.Md5 => HashAlgorithmName.MD5,
            _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "is not known"),
        });
    }

    public DigestAlgorithm Algorithm { get; }

    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>The digest of all that was appended; the calculator is as new afterwards.</summary>
    public ContentDigest Finish() => new(Algorithm, Convert.ToHexStringLower(_hash.GetHashAndReset()));

    public void Dispose() => _hash.Dispose();
}
