using System.Text;
using ReleaseServer.Site;

namespace ReleaseServer.Tests.Site;

/// <summary>The documents that publishers write and servers read: <c>generation.json</c> and <c>links/*.json</c>.</summary>
public sealed class PublishedDocumentsTests
{
    private static readonly DateTimeOffset Published = new(2026, 8, 5, 14, 3, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, false)]
    [InlineData("links/7-0123456789ab.json", true)]
    public void Generation_WrittenAndRead_Same(string? links, bool hasCatalog)
    {
        var document = new GenerationDocument(7, links, hasCatalog, Published);

        var read = GenerationDocument.Read(document.Write());

        Assert.Equal(document, read);
    }

    [Fact]
    public void Generation_Written_ReadableText()
    {
        var text = Encoding.UTF8.GetString(new GenerationDocument(7, "links/7-x.json", true, Published.ToOffset(TimeSpan.FromHours(2))).Write());

        Assert.Equal(
            """
            {
              "format": 1,
              "generation": 7,
              "published": "2026-08-05T14:03:00Z",
              "links": "links/7-x.json",
              "catalog": true
            }

            """,
            text);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(0)]
    public void Generation_WithPurges_WrittenAndReadSame(int generation)
    {
        var document = new GenerationDocument(generation, null, false, Published) { Purges = 1_234 };

        var read = GenerationDocument.Read(document.Write());

        Assert.Equal(document, read);
        Assert.True(read.IsSameSite(document with { Purges = 0 }));
    }

    [Theory]
    [InlineData("", "line 1: is not JSON")]
    [InlineData("[]", "must be one JSON object")]
    [InlineData("""{ "format": 2 }""", "format must be 1, is 2")]
    [InlineData("""{ "format": 1, "format": 1 }""", "is not JSON: Duplicate property 'format'")]
    [InlineData("""{ "format": 1, "published": "2026-08-05T14:03:00Z" }""", "generation is missing")]
    [InlineData("""{ "format": 1, "published": "2026-08-05T14:03:00Z", "generation": 0 }""", "generation must be a whole number from 1 to 2147483647")]
    [InlineData("""{ "format": 1, "published": "2026-08-05T14:03:00Z", "generation": "7" }""", "generation must be a whole number from 1 to 2147483647")]
    [InlineData("""{ "format": 1, "generation": 7 }""", "published is missing")]
    [InlineData("""{ "format": 1, "generation": 7, "published": "yesterday" }""", "published must be a date, such as 2026-08-05T14:03:00Z; is 'yesterday'")]
    [InlineData("""{ "format": 1, "generation": 7, "published": "2026-08-05T14:03:00Z", "catalog": 1 }""", "catalog must be true or false")]
    [InlineData("""{ "format": 1, "generation": 7, "published": "2026-08-05T14:03:00Z", "link": "x" }""", "link is not known here")]
    [InlineData("""{ "format": 1, "generation": 7, "published": "2026-08-05T14:03:00Z", "purges": -1 }""", "purges must be a whole number from 1 to 2147483647")]
    [InlineData("""{ "format": 1, "generation": 7, "published": "2026-08-05T14:03:00Z", "links": "catalog/x" }""", "links must name a document, such as links/7-0123456789ab.json; is 'catalog/x'")]
    [InlineData("""{ "format": 1, "generation": 7, "published": "2026-08-05T14:03:00Z", "links": "links/../x" }""", "links must name a document, such as links/7-0123456789ab.json; is 'links/../x'")]
    [InlineData("""{ "format": 1, "generation": 7, "published": "2026-08-05T14:03:00Z", "links": "" }""", "links must be a text that is not empty")]
    public void Generation_Bad_OneFaultThatNamesIt(string text, string expected)
    {
        var exception = Assert.Throws<SiteDataException>(() => GenerationDocument.Read(Encoding.UTF8.GetBytes(text)));

        Assert.StartsWith("generation.json: " + expected, Assert.Single(exception.Faults).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Links_WrittenAndRead_Same()
    {
        Link[] links = [new("r/latest", "r/v2", true), new("r/новый \"x\".tgz", "r/v2/x.tgz", false)];

        var read = LinksDocument.Read("links/1-x.json", new LinksDocument(1, links).Write()).Links;

        Assert.Equal(links, read);
    }

    [Fact]
    public void Links_NoneWrittenAndRead_None()
    {
        Assert.Empty(LinksDocument.Read("links/1-x.json", new LinksDocument(1, []).Write()).Links);
    }

    [Fact]
    public void NameOf_OtherContentOrGeneration_OtherName()
    {
        string[] names = [LinksDocument.NameOf(1, "a"u8), LinksDocument.NameOf(1, "b"u8), LinksDocument.NameOf(2, "a"u8)];

        Assert.Equal(3, names.Distinct().Count());
        Assert.All(names, name => Assert.True(LinksDocument.IsName(name)));
    }

    [Theory]
    [InlineData("{", "line 1: is not JSON")]
    [InlineData("""{ "format": 1, "links": [] }""", "generation is missing")]
    [InlineData("""{ "format": 1, "generation": 1 }""", "links is missing")]
    [InlineData("""{ "format": 1, "generation": 1, "links": {} }""", "links must be an array")]
    [InlineData("""{ "format": 1, "generation": 1, "links": [ 7 ] }""", "links[0]: must be an object")]
    [InlineData("""{ "format": 1, "generation": 1, "links": [], "more": 1 }""", "more is not known here")]
    [InlineData("""{ "format": 1, "generation": 1, "links": [ { "target": "b" } ] }""", "links[0]: link is missing")]
    [InlineData("""{ "format": 1, "generation": 1, "links": [ { "link": "a" } ] }""", "links[0]: target is missing")]
    [InlineData("""{ "format": 1, "generation": 1, "links": [ { "link": "a", "target": "" } ] }""", "links[0]: target must be a text that is not empty")]
    [InlineData("""{ "format": 1, "generation": 1, "links": [ { "link": "a", "target": "b", "size": 1 } ] }""", "links[0]: size is not known here")]
    [InlineData("""{ "format": 1, "generation": 1, "links": [ { "link": "a/", "target": "b" } ] }""", "links[0]: 'a/' is not the key of anything that is served")]
    [InlineData("""{ "format": 1, "generation": 1, "links": [ { "link": "a", "target": "../b" } ] }""", "links[0]: '../b' is not the key of anything that is served")]
    [InlineData("""{ "format": 1, "generation": 1, "links": [ { "link": ".release-server/a", "target": "b" } ] }""", "links[0]: '.release-server/a' is not the key of anything that is served")]
    public void Links_Bad_OneFaultThatNamesTheRow(string text, string expected)
    {
        var exception = Assert.Throws<SiteDataException>(() => LinksDocument.Read("links/1-x.json", Encoding.UTF8.GetBytes(text)));

        Assert.StartsWith("links/1-x.json: " + expected, Assert.Single(exception.Faults).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Links_SeveralBadRows_AllNamedAtOnce()
    {
        const string Text = """{ "format": 1, "generation": 1, "links": [ { "link": "a" }, { "link": "b", "target": "c" }, { "target": "d" } ] }""";

        var exception = Assert.Throws<SiteDataException>(() => LinksDocument.Read("l", Encoding.UTF8.GetBytes(Text)));

        Assert.Equal(["l: links[0]: target is missing", "l: links[2]: link is missing"], exception.Faults.Select(fault => fault.ToString()));
    }
}
