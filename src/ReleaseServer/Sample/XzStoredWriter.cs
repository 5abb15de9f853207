using System.Buffers.Binary;

namespace ReleaseServer.Sample;

/// <summary>Makes an .xz file whose one block holds its content as it is, in uncompressed LZMA2 chunks.</summary>
/// <remarks>
/// The .xz File Format, version 1.2.1; the numbers of its sections stand beside the code. Every xz decoder reads the result,
/// and no encoder is needed, which .NET does not have.
/// </remarks>
internal static class XzStoredWriter
{
    // An uncompressed chunk states its size less one in two bytes.
    private const int ChunkSize = 1 << 16;

    // The type of check in the stream flags (2.1.1.2): CRC32, the one that every decoder must know.
    private const byte Crc32Check = 0x01;

    private static readonly uint[] CrcTable = MakeCrcTable();

    private static ReadOnlySpan<byte> HeaderMagic => [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0x00];

    private static ReadOnlySpan<byte> FooterMagic => "YZ"u8;

    private static ReadOnlySpan<byte> StreamFlags => [0x00, Crc32Check];

    // 3.1: size (2 + 1) * 4 = 12 bytes with the CRC32, one filter, LZMA2 (0x21) with one byte of properties: a dictionary of
    // 64 KiB (5.3.1); three bytes of padding.
    private static ReadOnlySpan<byte> BlockHeader => [0x02, 0x00, 0x21, 0x01, 0x08, 0x00, 0x00, 0x00];

    public static byte[] Write(ReadOnlySpan<byte> content)
    {
        var chunks = (content.Length + ChunkSize - 1) / ChunkSize;
        using var output = new MemoryStream(content.Length + (3 * chunks) + 128);

        // 2.1.1 Stream header
        output.Write(HeaderMagic);
        output.Write(StreamFlags);
        WriteUInt32(output, Crc32(StreamFlags));

        var unpaddedSize = WriteBlock(output, content);
        var indexSize = WriteIndex(output, unpaddedSize, content.Length);
        WriteFooter(output, indexSize);
        return output.ToArray();
    }

    // 3 Block. Gives its size without the padding, as the index wants it.
    private static long WriteBlock(MemoryStream output, ReadOnlySpan<byte> content)
    {
        var start = output.Position;
        output.Write(BlockHeader);
        WriteUInt32(output, Crc32(BlockHeader));

        var rest = content;
        for (var control = 0x01; !rest.IsEmpty; control = 0x02) // 1 resets the dictionary, 2 keeps it
        {
            var chunk = rest[..Math.Min(rest.Length, ChunkSize)];
            rest = rest[chunk.Length..];
            output.WriteByte((byte)control);
            output.WriteByte((byte)((chunk.Length - 1) >> 8));
            output.WriteByte((byte)(chunk.Length - 1));
            output.Write(chunk);
        }

        output.WriteByte(0x00); // end of LZMA2
        var dataEnd = output.Position;
        Pad(output, dataEnd - start);
        WriteUInt32(output, Crc32(content));
        return dataEnd - start + sizeof(uint);
    }

    // 4 Index. Gives its whole size.
    private static long WriteIndex(MemoryStream output, long unpaddedSize, long uncompressedSize)
    {
        var start = output.Position;
        output.WriteByte(0x00); // index indicator
        WriteInteger(output, 1); // number of records
        WriteInteger(output, unpaddedSize);
        WriteInteger(output, uncompressedSize);
        Pad(output, output.Position - start);
        WriteUInt32(output, Crc32(output.GetBuffer().AsSpan((int)start, (int)(output.Position - start))));
        return output.Position - start;
    }

    // 2.1.2 Stream footer
    private static void WriteFooter(MemoryStream output, long indexSize)
    {
        Span<byte> fields = stackalloc byte[sizeof(uint) + StreamFlags.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(fields, (uint)((indexSize / 4) - 1)); // backward size
        StreamFlags.CopyTo(fields[sizeof(uint)..]);
        WriteUInt32(output, Crc32(fields));
        output.Write(fields);
        output.Write(FooterMagic);
    }

    // 1.2 Multibyte integers: seven bits a byte, least significant first.
    private static void WriteInteger(MemoryStream output, long value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            output.WriteByte((byte)(value | 0x80));
        }

        output.WriteByte((byte)value);
    }

    private static void Pad(MemoryStream output, long size)
    {
        for (; size % 4 != 0; size++)
        {
            output.WriteByte(0x00);
        }
    }

    private static void WriteUInt32(MemoryStream output, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        output.Write(bytes);
    }

    // 6 CRC32 of IEEE 802.3. The framework's own takes a package more.
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var table = CrcTable;
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = table[(byte)(crc ^ value)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] MakeCrcTable()
    {
        const uint Polynomial = 0xEDB88320;
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ Polynomial;
            }

            table[i] = crc;
        }

        return table;
    }
}
