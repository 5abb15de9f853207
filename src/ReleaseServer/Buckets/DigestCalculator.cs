using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace ReleaseServer.Buckets;

/// <summary>Works out a digest from bytes that come in pieces. Not safe for concurrent use.</summary>
internal sealed class DigestCalculator : IDisposable
{
    // Null for the checks of a few bits, which are no hashes to the runtime.
    private readonly IncrementalHash? _hash;
    private ulong _state;

    public DigestCalculator(DigestAlgorithm algorithm)
    {
        Algorithm = algorithm;
        _hash = algorithm switch
        {
            DigestAlgorithm.Sha256 => IncrementalHash.CreateHash(HashAlgorithmName.SHA256),
            DigestAlgorithm.Sha1 => IncrementalHash.CreateHash(HashAlgorithmName.SHA1),
            DigestAlgorithm.Md5 => IncrementalHash.CreateHash(HashAlgorithmName.MD5),
            DigestAlgorithm.Crc64Nvme or DigestAlgorithm.Crc32C or DigestAlgorithm.Crc32 => null,
            _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "is not known"),
        };
        _state = Start;
    }

    public DigestAlgorithm Algorithm { get; }

    // That of a 32-bit check, whichever; unused by a hash.
    private ulong Start => Algorithm == DigestAlgorithm.Crc64Nvme ? ReflectedCrc.Crc64Nvme.Start : ReflectedCrc.Crc32.Start;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        switch (Algorithm)
        {
            case DigestAlgorithm.Crc64Nvme:
                _state = ReflectedCrc.Crc64Nvme.Append(_state, bytes);
                break;
            case DigestAlgorithm.Crc32:
                _state = ReflectedCrc.Crc32.Append(_state, bytes);
                break;
            case DigestAlgorithm.Crc32C:
                _state = AppendCrc32C((uint)_state, bytes);
                break;
            default:
                _hash!.AppendData(bytes);
                break;
        }
    }

    /// <summary>The digest of all that was appended; the calculator is as new afterwards.</summary>
    public ContentDigest Finish()
    {
        if (_hash is not null)
        {
            return new ContentDigest(Algorithm, Convert.ToHexStringLower(_hash.GetHashAndReset()));
        }

        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _state ^ Start);
        _state = Start;
        return new ContentDigest(Algorithm, Convert.ToHexStringLower(bytes[^(ContentDigest.LengthOf(Algorithm))..]));
    }

    public void Dispose() => _hash?.Dispose();

    // One instruction for eight bytes where the processor has it (SSE 4.2, ARMv8).
    private static uint AppendCrc32C(uint state, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var value in bytes)
        {
            state = BitOperations.Crc32C(state, value);
        }

        return state;
    }
}
