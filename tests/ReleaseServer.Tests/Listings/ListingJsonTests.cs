using System.Text;
using System.Text.Json;
using ReleaseServer.Listings;

namespace ReleaseServer.Tests.Listings;

/// <summary>The expected bytes are the output of nginx 1.22.</summary>
public sealed class ListingJsonTests
{
    private static readonly DateTimeOffset Modified = new(2026, 8, 5, 14, 3, 0, 700, TimeSpan.Zero);

    [Fact]
    public void Write_NothingToShow_EmptyArray() => Assert.Equal("[\r\n]", Render());

    [Fact]
    public void Write_DirectoryAndFile_RowsOfNginx() =>
        Assert.Equal(
            "[\r\n"
            + "{ \"name\":\"v26.7.0\", \"type\":\"directory\", \"mtime\":\"Wed, 05 Aug 2026 14:03:00 GMT\" },\r\n"
            + "{ \"name\":\"index.json\", \"type\":\"file\", \"mtime\":\"Wed, 05 Aug 2026 14:03:00 GMT\", \"size\":123 }\r\n"
            + "]",
            Render(
                new("index.json", IsDirectory: false, 123, Modified),
                new("v26.7.0", IsDirectory: true, null, Modified),
                new(".hidden", IsDirectory: false, 1, Modified)));

    [Fact]
    public void Write_NameToEscape_AsNginx() =>
        Assert.Contains(
            "\"name\":\"tab\\tnl\\nctl\\u0001\\u001F\x7f\\b\\f\\r\\\\\\\"q&<>'日\U0001F680\"",
            Render(new ListingEntry("tab\tnl\nctl\x01\x1f\x7f\b\f\r\\\"q&<>'日\U0001F680", IsDirectory: false, 3, Modified)),
            StringComparison.Ordinal);

    [Fact]
    public void Write_AnyControlCharacter_ValidJson()
    {
        var name = string.Concat(Enumerable.Range(1, 0x2f).Select(c => (char)c).Where(c => c != '.'));

        using var json = JsonDocument.Parse(Render(new ListingEntry(name, IsDirectory: false, long.MaxValue, Modified)));

        Assert.Equal(name, json.RootElement[0].GetProperty("name").GetString());
        Assert.Equal(long.MaxValue, json.RootElement[0].GetProperty("size").GetInt64());
    }

    [Fact]
    public void Write_DirectoryWithoutADate_NoMtime() =>
        Assert.Equal(
            "[\r\n{ \"name\":\"d\", \"type\":\"directory\" }\r\n]", Render(new ListingEntry("d", IsDirectory: true, null, null)));

    private static string Render(params ListingEntry[] entries) =>
        Encoding.UTF8.GetString(ListingJson.ToBytes(new DirectoryListing(entries)));
}
