using System.Buffers.Binary;

namespace ReleaseServer.Buckets;

/// <summary>A cyclic redundancy check that begins and ends with all bits inverted and takes each byte's lowest bit first. Immutable.</summary>
/// <remarks>Eight bytes a step (slicing by 8: Kounavis and Berry, ISCC 2005), by eight tables of 2 KB.</remarks>
internal sealed class ReflectedCrc
{
    /// <summary>The one of gzip and zip (ISO/IEC 13239), 32 bits.</summary>
    public static readonly ReflectedCrc Crc32 = new(0xEDB88320, 32);

    /// <summary>CRC-64/NVME (NVM Express NVM Command Set 1.0, §5.2.1.3.4), 64 bits.</summary>
    public static readonly ReflectedCrc Crc64Nvme = new(0x9A6C9329AC4BC9B5, 64);

    private const int Slices = 8;

    private readonly ulong[] _tables = new ulong[Slices * 256];

    private ReflectedCrc(ulong reflectedPolynomial, int bits)
    {
        Start = ulong.MaxValue >> (64 - bits);
        for (var value = 0; value < 256; value++)
        {
            var remainder = (ulong)value;
            for (var bit = 0; bit < 8; bit++)
            {
                remainder = (remainder & 1) == 0 ? remainder >> 1 : (remainder >> 1) ^ reflectedPolynomial;
            }

            _tables[value] = remainder;
        }

        for (var i = 256; i < _tables.Length; i++)
        {
            var shorter = _tables[i - 256];
            _tables[i] = _tables[shorter & 0xFF] ^ (shorter >> 8);
        }
    }

    /// <summary>The state before the first byte; a state's check value is the state with the bits of this inverted.</summary>
    public ulong Start { get; }

    /// <summary>The state after more bytes.</summary>
    public ulong Append(ulong state, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> tables = _tables;
        for (; bytes.Length >= Slices; bytes = bytes[Slices..])
        {
            state ^= BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            state = tables[(int)(state >> 56)]
                ^ tables[256 + (int)((state >> 48) & 0xFF)]
                ^ tables[512 + (int)((state >> 40) & 0xFF)]
                ^ tables[768 + (int)((state >> 32) & 0xFF)]
                ^ tables[1024 + (int)((state >> 24) & 0xFF)]
                ^ tables[1280 + (int)((state >> 16) & 0xFF)]
                ^ tables[1536 + (int)((state >> 8) & 0xFF)]
                ^ tables[1792 + (int)(state & 0xFF)];
        }

        foreach (var value in bytes)
        {
            state = tables[(int)((state ^ value) & 0xFF)] ^ (state >> 8);
        }

        return state;
    }
}
