using System.Text.Json;
using ReleaseServer.Buckets;

namespace ReleaseServer.Caching;

/// <summary>Holds an object's bytes, in their order, against what is known of them. Not safe for concurrent use.</summary>
internal sealed class ContentCheck : IDisposable
{
    private readonly ContentDigest? _expected;
    private readonly DigestCalculator? _calculator;
    private readonly DigestCalculator? _own;

    /// <param name="digests">What the bucket says of the bytes, strongest first; empty where it says nothing.</param>
    /// <param name="needsSha256">Whether <see cref="Sha256"/> is wanted, whatever the bucket says.</param>
    public ContentCheck(IReadOnlyList<ContentDigest> digests, bool needsSha256)
    {
        if (digests.Count > 0)
        {
            _expected = digests[0];
            _calculator = new DigestCalculator(digests[0].Algorithm);
        }

        if (needsSha256 && _expected?.Algorithm != DigestAlgorithm.Sha256)
        {
            _own = new DigestCalculator(DigestAlgorithm.Sha256);
        }
    }

    /// <summary>How many bytes have been seen: the next ones begin here.</summary>
    public long Position { get; private set; }

    /// <summary>Whether what passes is what the bucket means, whoever sent it.</summary>
    public bool IsProof => _expected is { IsProof: true };

    /// <summary>Digest of what was kept, in hexadecimal, after <see cref="Finish"/>; null unless wanted.</summary>
    public string? Sha256 { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _calculator?.Append(bytes);
        _own?.Append(bytes);
        Position += bytes.Length;
    }

    /// <summary>Ends the check of the whole object.</summary>
    /// <returns>What is wrong; null for nothing.</returns>
    public string? Finish()
    {
        Sha256 = _own?.Finish().Hex;
        if (_expected is not { } expected)
        {
            return null;
        }

        var found = _calculator!.Finish();
        if (expected.Algorithm == DigestAlgorithm.Sha256)
        {
            Sha256 ??= found.Hex;
        }

        return expected.Refute(found);
    }

    /// <summary>Whether all of a body is one JSON text.</summary>
    /// <param name="read">Reads some of its bytes from a position on.</param>
    /// <param name="length">All of its bytes; they are held in memory for this.</param>
    public static bool IsJson(BodyReader read, long length)
    {
        var bytes = new byte[length];
        try
        {
            for (var count = 0; count < bytes.Length;)
            {
                count += read(count, bytes.AsSpan(count)) is > 0 and var more ? more : throw new IOException("The end of a body is lost");
            }

            var reader = new Utf8JsonReader(bytes);
            while (reader.Read())
            {
            }

            return bytes.Length > 0;
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _calculator?.Dispose();
        _own?.Dispose();
    }
}

/// <summary>Reads bytes of a body from a position on; maybe fewer than fit.</summary>
internal delegate int BodyReader(long position, Span<byte> buffer);
