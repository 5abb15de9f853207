using System.Buffers;
using System.Globalization;
using System.Text;

namespace ReleaseServer.Listings;

/// <summary>Writes a listing as nginx 1.22 does with <c>autoindex_format json</c>, byte for byte: the rows of the HTML in the same order.</summary>
/// <remarks>One difference: a directory without a known date, which nginx never has, has no <c>mtime</c>.</remarks>
internal static class ListingJson
{
    // What a row holds besides its name: members, date, size.
    private const int RowBytes = 128;

    // Room for most listings without growing.
    private const int TypicalRowBytes = 160;

    private static readonly SearchValues<byte> Escaped =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(static control => (byte)control), (byte)'"', (byte)'\\']);

    /// <inheritdoc cref="Write"/>
    public static byte[] ToBytes(DirectoryListing listing)
    {
        var buffer = new ArrayBufferWriter<byte>(2048 + (TypicalRowBytes * listing.Entries.Length));
        Write(buffer, listing);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes the array in UTF-8.</summary>
    public static void Write(IBufferWriter<byte> output, DirectoryListing listing)
    {
        output.Write("["u8);
        Span<byte> scratch = stackalloc byte[1024];
        var first = true;
        foreach (ref readonly var entry in listing.Entries)
        {
            var name = Encoding.UTF8.TryGetBytes(entry.Name, scratch, out var length)
                ? scratch[..length]
                : Encoding.UTF8.GetBytes(entry.Name);
            output.Write(first ? "\r\n"u8 : ",\r\n"u8);
            WriteRow(output, name, in entry);
            first = false;
        }

        output.Write("\r\n]"u8);
    }

    private static void WriteRow(IBufferWriter<byte> output, ReadOnlySpan<byte> name, in ListingEntry entry)
    {
        // At worst each byte of the name takes 6.
        var row = output.GetSpan(RowBytes + (6 * name.Length));
        var at = Append(row, 0, "{ \"name\":\""u8);
        at = AppendEscaped(row, at, name);
        at = Append(row, at, entry.IsDirectory ? "\", \"type\":\"directory\""u8 : "\", \"type\":\"file\""u8);
        if (entry.Modified is { } modified)
        {
            at = Append(row, at, ", \"mtime\":\""u8);
            modified.UtcDateTime.TryFormat(row[at..], out var written, "R", CultureInfo.InvariantCulture);
            at = Append(row, at + written, "\""u8);
        }

        if (!entry.IsDirectory && entry.Length is { } length)
        {
            at = Append(row, at, ", \"size\":"u8);
            length.TryFormat(row[at..], out var written, default, CultureInfo.InvariantCulture);
            at += written;
        }

        at = Append(row, at, " }"u8);
        output.Advance(at);
    }

    private static int AppendEscaped(Span<byte> row, int at, ReadOnlySpan<byte> name)
    {
        for (var plain = name.IndexOfAny(Escaped); plain >= 0; plain = name.IndexOfAny(Escaped))
        {
            at = Append(row, at, name[..plain]);
            row[at++] = (byte)'\\';
            at = name[plain] switch
            {
                (byte)'"' => Append(row, at, "\""u8),
                (byte)'\\' => Append(row, at, "\\"u8),
                (byte)'\b' => Append(row, at, "b"u8),
                (byte)'\t' => Append(row, at, "t"u8),
                (byte)'\n' => Append(row, at, "n"u8),
                (byte)'\f' => Append(row, at, "f"u8),
                (byte)'\r' => Append(row, at, "r"u8),
                var control => AppendControl(row, at, control),
            };
            name = name[(plain + 1)..];
        }

        return Append(row, at, name);
    }

    private static int AppendControl(Span<byte> row, int at, byte control)
    {
        at = Append(row, at, "u00"u8);
        row[at++] = (byte)('0' + (control >> 4));
        row[at++] = "0123456789ABCDEF"u8[control & 0xF];
        return at;
    }

    private static int Append(Span<byte> row, int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(row[at..]);
        return at + bytes.Length;
    }
}
