using System.Buffers;
using System.Text;
using ReleaseServer.Http;

namespace ReleaseServer.Listings;

/// <summary>Writes a listing as nginx 1.22 does with <c>autoindex on; autoindex_exact_size on; autoindex_localtime off</c>, byte for byte.</summary>
/// <remarks>
/// Two differences. A name that is cut inside a character loses the whole character, where nginx leaves part of its bytes. A directory
/// without a known date, which nginx never has, shows <c>-</c> at the left of the date column, so the column of sizes stays straight.
/// </remarks>
internal static class ListingHtml
{
    private const int NameColumn = 50;
    private const int CutName = NameColumn - 3;
    private const int DateColumn = 17;
    private const int SizeColumn = 19;

    // What a row holds besides its name: tags, slashes, padding, date, size.
    private const int RowBytes = 128;

    // Room for most listings without growing.
    private const int TypicalRowBytes = 160;

    private static readonly SearchValues<byte> EscapedInText = SearchValues.Create("&<>\""u8);

    /// <inheritdoc cref="Write"/>
    public static byte[] ToBytes(string path, DirectoryListing listing)
    {
        var buffer = new ArrayBufferWriter<byte>(2048 + (TypicalRowBytes * listing.Entries.Length));
        Write(buffer, path, listing);
        return buffer.WrittenSpan.ToArray();
    }

    /// <param name="path">The decoded path that was asked for, which the title shows; links and routes leave no trace in it.</param>
    public static void Write(IBufferWriter<byte> output, string path, DirectoryListing listing)
    {
        var title = Encoding.UTF8.GetBytes(path);
        output.Write("<html>\r\n<head><title>Index of "u8);
        WriteText(output, title);
        output.Write("</title></head>\r\n<body>\r\n<h1>Index of "u8);
        WriteText(output, title);
        output.Write("</h1><hr><pre><a href=\"../\">../</a>\r\n"u8);

        // A key has at most 1,024 bytes, so a name that does not fit is one that no bucket has.
        Span<byte> scratch = stackalloc byte[1024];
        foreach (ref readonly var entry in listing.Entries)
        {
            var name = Encoding.UTF8.TryGetBytes(entry.Name, scratch, out var length)
                ? scratch[..length]
                : Encoding.UTF8.GetBytes(entry.Name);
            WriteRow(output, name, in entry);
        }

        output.Write("</pre><hr></body>\r\n</html>\r\n"u8);
    }

    private static void WriteRow(IBufferWriter<byte> output, ReadOnlySpan<byte> name, in ListingEntry entry)
    {
        // At worst each byte takes 3 in the href and 6 in the text.
        var row = output.GetSpan(RowBytes + (9 * name.Length));
        var at = Append(row, 0, "<a href=\""u8);
        at += PathEscaping.ForHref(name, row[at..]);
        at = Append(row, at, entry.IsDirectory ? "/\">"u8 : "\">"u8);
        at = AppendName(row, at, name, entry.IsDirectory);
        row[at++] = (byte)' ';
        at = AppendDate(row, at, entry.Modified);
        row[at++] = (byte)' ';
        at = AppendSize(row, at, entry.IsDirectory ? null : entry.Length);
        at = Append(row, at, "\r\n"u8);
        output.Advance(at);
    }

    // The column counts bytes of the name before escaping; a directory's slash is left out where it would be the 51st.
    private static int AppendName(Span<byte> row, int at, ReadOnlySpan<byte> name, bool isDirectory)
    {
        if (name.Length > NameColumn)
        {
            at = AppendText(row, at, CutToWholeCharacters(name, CutName));
            return Append(row, at, "..&gt;</a>"u8);
        }

        at = AppendText(row, at, name);
        var padding = NameColumn - name.Length;
        if (isDirectory && padding > 0)
        {
            row[at++] = (byte)'/';
            padding--;
        }

        at = Append(row, at, "</a>"u8);
        row.Slice(at, padding).Fill((byte)' ');
        return at + padding;
    }

    private static ReadOnlySpan<byte> CutToWholeCharacters(ReadOnlySpan<byte> utf8, int length)
    {
        while (length > 0 && (utf8[length] & 0b1100_0000) == 0b1000_0000)
        {
            length--;
        }

        return utf8[..length];
    }

    private static int AppendDate(Span<byte> row, int at, DateTimeOffset? modified)
    {
        var column = row.Slice(at, DateColumn);
        if (modified is not { } date)
        {
            column.Fill((byte)' ');
            column[0] = (byte)'-';
            return at + DateColumn;
        }

        var utc = date.UtcDateTime;
        AppendTwoDigits(column, 0, utc.Day);
        column[2] = (byte)'-';
        "JanFebMarAprMayJunJulAugSepOctNovDec"u8.Slice(3 * (utc.Month - 1), 3).CopyTo(column[3..]);
        column[6] = (byte)'-';
        AppendTwoDigits(column, 7, utc.Year / 100);
        AppendTwoDigits(column, 9, utc.Year % 100);
        column[11] = (byte)' ';
        AppendTwoDigits(column, 12, utc.Hour);
        column[14] = (byte)':';
        AppendTwoDigits(column, 15, utc.Minute);
        return at + DateColumn;
    }

    private static void AppendTwoDigits(Span<byte> column, int at, int value)
    {
        column[at] = (byte)('0' + (value / 10));
        column[at + 1] = (byte)('0' + (value % 10));
    }

    private static int AppendSize(Span<byte> row, int at, long? length)
    {
        // The longest number of bytes has 19 digits.
        Span<byte> digits = stackalloc byte[SizeColumn];
        digits[0] = (byte)'-';
        var written = 1;
        length?.TryFormat(digits, out written);
        row.Slice(at, SizeColumn - written).Fill((byte)' ');
        return Append(row, at + SizeColumn - written, digits[..written]);
    }

    private static void WriteText(IBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        var span = output.GetSpan(Math.Max(1, 6 * text.Length));
        output.Advance(AppendText(span, 0, text));
    }

    private static int AppendText(Span<byte> row, int at, ReadOnlySpan<byte> text)
    {
        for (var plain = text.IndexOfAny(EscapedInText); plain >= 0; plain = text.IndexOfAny(EscapedInText))
        {
            at = Append(row, at, text[..plain]);
            at = Append(row, at, text[plain] switch
            {
                (byte)'&' => "&amp;"u8,
                (byte)'<' => "&lt;"u8,
                (byte)'>' => "&gt;"u8,
                _ => "&quot;"u8,
            });
            text = text[(plain + 1)..];
        }

        return Append(row, at, text);
    }

    private static int Append(Span<byte> row, int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(row[at..]);
        return at + bytes.Length;
    }
}
