using System.Text;
using ReleaseServer.Buckets;

namespace ReleaseServer.Tests.Buckets;

public sealed class DigestCalculatorTests
{
    public static TheoryData<DigestAlgorithmCase> Algorithms => [.. Enum.GetValues<DigestAlgorithmCase>()];

    // The names of the internal enumeration, which xunit cannot take from a public test.
    public enum DigestAlgorithmCase
    {
        Sha256,
        Sha1,
        Md5,
        Crc64Nvme,
        Crc32C,
        Crc32,
    }

    // The check values of the catalogue of parametrised CRC algorithms, and the test vectors of RFC 1321 and FIPS 180-2.
    [Theory]
    [InlineData(DigestAlgorithmCase.Crc32, "123456789", "cbf43926")]
    [InlineData(DigestAlgorithmCase.Crc32C, "123456789", "e3069283")]
    [InlineData(DigestAlgorithmCase.Crc64Nvme, "123456789", "ae8b14860a799888")]
    [InlineData(DigestAlgorithmCase.Crc32, "", "00000000")]
    [InlineData(DigestAlgorithmCase.Crc32C, "", "00000000")]
    [InlineData(DigestAlgorithmCase.Crc64Nvme, "", "0000000000000000")]
    [InlineData(DigestAlgorithmCase.Md5, "abc", "900150983cd24fb0d6963f7d28e17f72")]
    [InlineData(DigestAlgorithmCase.Sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d")]
    [InlineData(DigestAlgorithmCase.Sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public void Finish_TestVector_ItsDigest(DigestAlgorithmCase algorithm, string text, string expected)
    {
        using var calculator = New(algorithm);

        calculator.Append(Encoding.ASCII.GetBytes(text));

        Assert.Equal(new ContentDigest((DigestAlgorithm)algorithm, expected), calculator.Finish());
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Append_PiecesOfAnyLength_AsInOne(DigestAlgorithmCase algorithm)
    {
        var bytes = new byte[100_000];
        new Random(1).NextBytes(bytes);
        using var whole = New(algorithm);
        using var pieces = New(algorithm);
        whole.Append(bytes);

        for (int start = 0, length = 0; start < bytes.Length; start += length)
        {
            length = Math.Min((length + 1) % 41, bytes.Length - start);
            pieces.Append(bytes.AsSpan(start, length));
        }

        Assert.Equal(whole.Finish(), pieces.Finish());
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Finish_UsedAgain_AsNew(DigestAlgorithmCase algorithm)
    {
        using var calculator = New(algorithm);
        calculator.Append("one"u8);
        var first = calculator.Finish();

        calculator.Append("one"u8);

        Assert.Equal(first, calculator.Finish());
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Finish_AnyAlgorithm_AsLongAsItSays(DigestAlgorithmCase algorithm)
    {
        using var calculator = New(algorithm);

        Assert.Equal(2 * ContentDigest.LengthOf((DigestAlgorithm)algorithm), calculator.Finish().Hex.Length);
    }

    // Bit by bit, as the definition has it.
    [Theory]
    [InlineData(DigestAlgorithmCase.Crc32, 0xEDB88320, 32)]
    [InlineData(DigestAlgorithmCase.Crc32C, 0x82F63B78, 32)]
    [InlineData(DigestAlgorithmCase.Crc64Nvme, 0x9A6C9329AC4BC9B5, 64)]
    public void Finish_AnyBytes_AsTheDefinition(DigestAlgorithmCase algorithm, ulong polynomial, int bits)
    {
        var bytes = new byte[1001];
        new Random(2).NextBytes(bytes);
        var remainder = ulong.MaxValue >> (64 - bits);
        foreach (var value in bytes)
        {
            remainder ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                remainder = (remainder & 1) == 0 ? remainder >> 1 : (remainder >> 1) ^ polynomial;
            }
        }

        remainder ^= ulong.MaxValue >> (64 - bits);
        using var calculator = New(algorithm);

        calculator.Append(bytes);

        Assert.Equal(remainder.ToString($"x{bits / 4}", System.Globalization.CultureInfo.InvariantCulture), calculator.Finish().Hex);
    }

    [Theory]
    [InlineData(DigestAlgorithmCase.Crc32, "cbf43926", "cbf43926")]
    [InlineData(DigestAlgorithmCase.Crc32, "CBF43926", "cbf43926")]
    [InlineData(DigestAlgorithmCase.Crc32, "y/Q5Jg==", "cbf43926")]
    [InlineData(DigestAlgorithmCase.Md5, "kAFQmDzST7DWlj99KOF/cg==", "900150983cd24fb0d6963f7d28e17f72")]
    [InlineData(DigestAlgorithmCase.Crc32, "y/Q5Jg==-2", null)]
    [InlineData(DigestAlgorithmCase.Crc32, "y/Q5", null)]
    [InlineData(DigestAlgorithmCase.Crc32, "cbf4392g", null)]
    [InlineData(DigestAlgorithmCase.Crc32, "cbf4392600", null)]
    [InlineData(DigestAlgorithmCase.Crc32, "", null)]
    [InlineData(DigestAlgorithmCase.Crc32, null, null)]
    public void Read_HexOrBase64OfTheRightLength_OtherwiseNull(DigestAlgorithmCase algorithm, string? text, string? expected)
    {
        var read = ContentDigest.Read((DigestAlgorithm)algorithm, text);

        Assert.Equal(expected, read?.Hex);
    }

    private static DigestCalculator New(DigestAlgorithmCase algorithm) => new((DigestAlgorithm)algorithm);
}
