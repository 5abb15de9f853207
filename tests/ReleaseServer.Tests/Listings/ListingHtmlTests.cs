using System.Buffers;
using System.Text;
using ReleaseServer.Listings;

namespace ReleaseServer.Tests.Listings;

/// <summary>The expected rows are the output of nginx 1.22, but for the rows of <c>Write_CutInsideACharacter</c> and unknown dates.</summary>
public sealed class ListingHtmlTests
{
    private const string Date = "06-Aug-2026 07:06";

    private static readonly DateTimeOffset Modified = new(2026, 8, 6, 7, 6, 40, TimeSpan.Zero);

    [Fact]
    public void Write_NothingToShow_ParentOnly() =>
        Assert.Equal(
            "<html>\r\n<head><title>Index of /empty/</title></head>\r\n<body>\r\n<h1>Index of /empty/</h1><hr><pre><a href=\"../\">../</a>\r\n"
            + "</pre><hr></body>\r\n</html>\r\n",
            Render("/empty/"));

    [Fact]
    public void Write_TitleWithMarkup_EscapedTwice() =>
        Assert.StartsWith(
            "<html>\r\n<head><title>Index of /a&amp;&lt;b&gt;&quot;'日/</title></head>\r\n<body>\r\n<h1>Index of /a&amp;&lt;b&gt;&quot;'日/</h1>",
            Render("/a&<b>\"'日/"),
            StringComparison.Ordinal);

    [Theory]
    [InlineData(1)]
    [InlineData(48)]
    [InlineData(49)]
    [InlineData(50)]
    public void Write_FileNameUpTo50Bytes_PaddedTo50(int length)
    {
        var name = new string('x', length);

        Assert.Equal($"<a href=\"{name}\">{name}</a>{new string(' ', 50 - length)} {Date}                   3", Row(name));
    }

    [Theory]
    [InlineData(51)]
    [InlineData(52)]
    [InlineData(255)]
    public void Write_FileNameOver50Bytes_CutTo47(int length)
    {
        var name = new string('x', length);

        Assert.Equal($"<a href=\"{name}\">{name[..47]}..&gt;</a> {Date}                   3", Row(name));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(48)]
    [InlineData(49)]
    public void Write_DirectoryNameUpTo49Bytes_SlashCountedInThePadding(int length)
    {
        var name = new string('x', length);

        Assert.Equal($"<a href=\"{name}/\">{name}/</a>{new string(' ', 49 - length)} {Date}                   -", DirectoryRow(name));
    }

    [Theory]
    [InlineData(50, "")]
    [InlineData(51, "..&gt;")]
    public void Write_DirectoryNameFrom50Bytes_NoSlashInTheText(int length, string end)
    {
        var name = new string('x', length);
        var shown = length > 50 ? name[..47] : name;

        Assert.Equal($"<a href=\"{name}/\">{shown}{end}</a> {Date}                   -", DirectoryRow(name));
    }

    [Theory]
    [InlineData("n&<>\"'.txt", "n%26%3C%3E%22%27.txt", "n&amp;&lt;&gt;&quot;'.txt")]
    [InlineData("a b+c%41~!*()'@,=:;?#[]|", "a%20b%2Bc%2541~%21%2A%28%29%27%40%2C%3D%3A%3B%3F%23%5B%5D%7C", "a b+c%41~!*()'@,=:;?#[]|")]
    [InlineData("tab\tnl\nctl\x01\x1f\x7f\b\f\r\\\"q", "tab%09nl%0Actl%01%1F%7F%08%0C%0D%5C%22q", "tab\tnl\nctl\x01\x1f\x7f\b\f\r\\&quot;q")]
    [InlineData("\U0001F680b", "%F0%9F%9A%80b", "\U0001F680b")]
    public void Write_NameToEscape_HrefByPercentTextByEntity(string name, string href, string text)
    {
        var padding = new string(' ', 50 - Encoding.UTF8.GetByteCount(name));

        Assert.Equal($"<a href=\"{href}\">{text}</a>{padding} {Date}                   3", Row(name));
    }

    [Fact]
    public void Write_MarkupAroundTheCut_CountedBeforeEscaping()
    {
        var text = string.Concat(Enumerable.Repeat("&amp;", 47));

        Assert.Equal(
            $"<a href=\"{string.Concat(Enumerable.Repeat("%26", 51))}\">{text}..&gt;</a> {Date}                   3", Row(new string('&', 51)));
    }

    [Theory]
    [InlineData("日日日日日日日日日日日日日日日日日", "日日日日日日日日日日日日日日日")] // 51 bytes: 47 is 2 bytes into the 16th
    [InlineData("u日日日日日日日日日日日日日日日日日", "u日日日日日日日日日日日日日日日")] // 52 bytes: 47 is 1 byte into the 16th
    [InlineData("uu日日日日日日日日日日日日日日日日日", "uu日日日日日日日日日日日日日日日")] // 53 bytes: 47 is the end of the 15th
    public void Write_CutInsideACharacter_WholeCharactersOnly(string name, string shown)
    {
        var href = string.Concat(Encoding.UTF8.GetBytes(name).Select(b => b < 0x80 ? ((char)b).ToString() : $"%{b:X2}"));

        Assert.Equal($"<a href=\"{href}\">{shown}..&gt;</a> {Date}                   3", Row(name));
    }

    [Theory]
    [InlineData(0L, "                  0")]
    [InlineData(280859L, "             280859")]
    [InlineData(long.MaxValue, "9223372036854775807")]
    public void Write_Size_RightAlignedIn19(long length, string column) =>
        Assert.EndsWith($" {Date} {column}", Row(new ListingEntry("x", IsDirectory: false, length, Modified)), StringComparison.Ordinal);

    [Theory]
    [InlineData("1970-01-01T00:00:00Z", "01-Jan-1970 00:00")]
    [InlineData("2026-12-31T23:59:59.999Z", "31-Dec-2026 23:59")]
    [InlineData("2026-05-01T01:30:00+02:00", "30-Apr-2026 23:30")]
    public void Write_Date_UtcCutToTheMinute(string modified, string column)
    {
        var date = DateTimeOffset.Parse(modified, System.Globalization.CultureInfo.InvariantCulture);

        Assert.Contains($" {column} ", Row(new ListingEntry("x", IsDirectory: false, 1, date)), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_DirectoryWithoutADate_DashAndStraightColumns()
    {
        var row = Row(new ListingEntry("d", IsDirectory: true, null, null));

        Assert.Equal($"<a href=\"d/\">d/</a>{new string(' ', 48)} -                                   -", row);
        Assert.Equal(DirectoryRow("d").Length, row.Length);
    }

    [Fact]
    public void Write_AnyBuffer_SameBytesAsToBytes()
    {
        var listing = new DirectoryListing([new("a", true, null, null), new("日", false, 5, Modified), new("z&", false, 7, Modified)]);
        var buffer = new ArrayBufferWriter<byte>();

        ListingHtml.Write(buffer, "/x/", listing);

        Assert.Equal(ListingHtml.ToBytes("/x/", listing), buffer.WrittenSpan.ToArray());
    }

    private static string Row(string name) => Row(new ListingEntry(name, IsDirectory: false, 3, Modified));

    private static string DirectoryRow(string name) => Row(new ListingEntry(name, IsDirectory: true, null, Modified));

    private static string Row(ListingEntry entry)
    {
        var page = Render("/", entry);
        var start = page.IndexOf("../</a>\r\n", StringComparison.Ordinal) + 9;
        return page[start..page.IndexOf("\r\n</pre><hr></body>", start, StringComparison.Ordinal)];
    }

    private static string Render(string path, params ListingEntry[] entries) =>
        new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(ListingHtml.ToBytes(path, new DirectoryListing(entries)));
}
