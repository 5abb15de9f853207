using System.Text;
using ReleaseServer.Listings;

namespace ReleaseServer.Tests.Listings;

public sealed class CatalogDocumentTests
{
    private const string Whole =
        """{"format":1,"directory":"a/","modified":"2026-08-05T14:03:00.120Z","files":[{"name":"x+\"日","size":3,"modified":"2026-08-05T14:03:00.120Z","etag":"\"1f\""}],"directories":[{"name":"d","modified":"2020-01-01T00:00:00.000Z"}],"links":[{"name":"l","target":"b/c","directory":true,"modified":"2021-01-01T00:00:00.000Z"}],"marker":{"modified":"2019-01-01T00:00:00.000Z"}}""";

    [Fact]
    public void ToBytes_WholeDocument_AsDocumented()
    {
        var document = new CatalogDocument(
            CatalogDocument.CurrentFormat,
            "a/",
            Date(2026, 8, 5, 14, 3, 0, 120),
            [new CatalogFile("x+\"日", 3, Date(2026, 8, 5, 14, 3, 0, 120), "\"1f\"")],
            [new CatalogDirectory("d", Date(2020, 1, 1))],
            [new CatalogLink("l", "b/c", Directory: true, Date(2021, 1, 1))],
            new CatalogMarker(Date(2019, 1, 1)));

        Assert.Equal(Whole, Encoding.UTF8.GetString(document.ToBytes()));
    }

    [Fact]
    public void Parse_WhatWasWritten_SameBytesAgain() =>
        Assert.Equal(Whole, Encoding.UTF8.GetString(CatalogDocument.Parse(Encoding.UTF8.GetBytes(Whole), "a/").ToBytes()));

    [Fact]
    public void Parse_DirectoryOfLinksOnly_NoObjects()
    {
        var document = new CatalogDocument(CatalogDocument.CurrentFormat, "a/", null, [], [], [], null);

        var parsed = CatalogDocument.Parse(document.ToBytes(), "a/");

        Assert.False(parsed.HasObjects);
        Assert.Null(parsed.Modified);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"format":2,"directory":"a/","modified":null,"files":[],"directories":[],"links":[]}""")]
    [InlineData("""{"format":1,"directory":"b/","modified":null,"files":[],"directories":[],"links":[]}""")]
    [InlineData("""{"format":1,"directory":"a/","modified":null,"files":[],"directories":[]}""")]
    [InlineData("""{"format":1,"directory":"a/","modified":null,"files":null,"directories":[],"links":[]}""")]
    [InlineData("""{"format":1,"directory":"a/","modified":null,"files":[null],"directories":[],"links":[]}""")]
    [InlineData("""{"format":1,"directory":"a/","modified":null,"files":[],"directories":[],"links":[],"more":1}""")]
    [InlineData("""{"format":1,"format":1,"directory":"a/","modified":null,"files":[],"directories":[],"links":[]}""")]
    [InlineData("""{"format":1,"directory":"a/","modified":null,"files":[],"directories":[],"links":[]}x""")]
    [InlineData("""{"format":1,"directory":"a/","modified":1,"files":[],"directories":[],"links":[]}""")]
    [InlineData("""{"format":1,"directory":"a/","modified":"2026-08-05","files":[],"directories":[],"links":[]}""")]
    [InlineData("""{"format":1,"directory":"a/","modified":null,"files":[{"name":"b/c","size":1,"modified":"2026-08-05T14:03:00.120Z"}],"directories":[],"links":[]}""")]
    [InlineData("""{"format":1,"directory":"a/","modified":null,"files":[{"name":"b","size":-1,"modified":"2026-08-05T14:03:00.120Z"}],"directories":[],"links":[]}""")]
    [InlineData("""{"format":1,"directory":"a/","modified":null,"files":[{"name":null,"size":1,"modified":"2026-08-05T14:03:00.120Z"}],"directories":[],"links":[]}""")]
    [InlineData("""{"format":1,"directory":"a/","modified":null,"files":[],"directories":[{"name":"","modified":"2026-08-05T14:03:00.120Z"}],"links":[]}""")]
    [InlineData("""{"format":1,"directory":"a/","modified":null,"files":[],"directories":[],"links":[{"name":"l","target":"t","directory":false,"modified":"2026-08-05T14:03:00.120Z"}]}""")]
    [InlineData("""{"format":1,"directory":"a/","modified":null,"files":[{"name":"b","size":1,"modified":"2026-08-05T14:03:00.120Z"},{"name":"b","size":1,"modified":"2026-08-05T14:03:00.120Z"}],"directories":[],"links":[]}""")]
    [InlineData("""{"format":1,"directory":"a/","modified":null,"files":[],"directories":[{"name":"b","modified":"2026-08-05T14:03:00.120Z"},{"name":"b","modified":"2026-08-05T14:03:00.120Z"}],"links":[]}""")]
    [InlineData("""{"format":1,"directory":"a/","modified":null,"files":[],"directories":[],"links":[{"name":"b","target":"t","directory":true,"modified":"2026-08-05T14:03:00.120Z"},{"name":"b","target":"t","directory":true,"modified":"2026-08-05T14:03:00.120Z"}]}""")]
    public void Parse_BadDocument_CatalogFormatException(string json) =>
        Assert.Throws<CatalogFormatException>(() => CatalogDocument.Parse(Encoding.UTF8.GetBytes(json), "a/"));

    [Fact]
    public void Parse_BytesThatAreNotUtf8_CatalogFormatException()
    {
        var json = Encoding.UTF8.GetBytes(Whole);
        json[Whole.IndexOf("\"x+", StringComparison.Ordinal) + 1] = 0xff;

        Assert.Throws<CatalogFormatException>(() => CatalogDocument.Parse(json, "a/"));
    }

    private static DateTimeOffset Date(int year, int month, int day, int hour = 0, int minute = 0, int second = 0, int millisecond = 0) =>
        new(year, month, day, hour, minute, second, millisecond, TimeSpan.Zero);
}
