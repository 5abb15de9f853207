using System.Text;
using ReleaseServer.Caching;
using ReleaseServer.Site;

namespace ReleaseServer.Tests.Site;

public sealed class FreshnessReaderTests
{
    private const string Rest = """ "default": "a", "listings": "a", "absence": "a" """;

    [Fact]
    public void Read_EveryMember_AsWritten()
    {
        var rules = Read("""
            {
              "format": 1,
              "catalog": "authoritative",
              "classes": [
                { "name": "a", "lifetime": "30d", "staleWhileRevalidate": "1h", "staleIfError": "0", "immutable": true, "json": true },
                { "name": "b.2-x", "lifetime": "0" }
              ],
              "objects": [ { "keys": "x/*.json", "class": "b.2-x" } ],
              "default": "a", "listings": "b.2-x", "absence": "a"
            }
            """);

        var a = new FreshnessClass("a", TimeSpan.FromDays(30), TimeSpan.FromHours(1), TimeSpan.Zero) { IsImmutable = true, MustBeJson = true };
        var b = new FreshnessClass("b.2-x", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(7));
        Assert.True(rules.IsCatalogAuthoritative);
        Assert.Equal([a, b], rules.Classes);
        Assert.Equal((a, b, a), (rules.Default, rules.Listings, rules.Absence));
        Assert.Equal(b, rules.ClassOf("x/1.json"));
        Assert.Equal(a, rules.ClassOf("x/y/1.json"));
    }

    [Theory]
    [InlineData("""{ "format": 1 }""", "classes must hold at least one row", "default is missing", "listings is missing", "absence is missing")]
    [InlineData("""{ "format": 1, "catalog": "no", "classes": [ { "name": "a", "lifetime": "1s" } ], REST }""", "catalog must be advisory or authoritative, is 'no'")]
    [InlineData("""{ "format": 1, "classes": [ { "name": "a" } ], REST }""", "classes[0]: lifetime is missing")]
    [InlineData("""{ "format": 1, "classes": [ { "lifetime": "1s" }, { "name": "a", "lifetime": "1s" } ], REST }""", "classes[0]: name is missing")]
    [InlineData("""{ "format": 1, "classes": [ { "name": "a", "lifetime": 10 } ], REST }""", "classes[0]: lifetime must be a duration of at most 365 d, such as \"500ms\", \"10s\", \"2m\", \"1h\", \"30d\"")]
    [InlineData("""{ "format": 1, "classes": [ { "name": "a", "lifetime": "1s", "staleIfError": "366d" } ], REST }""", "classes[0]: staleIfError must be a duration of at most 365 d, such as \"500ms\", \"10s\", \"2m\", \"1h\", \"30d\"")]
    [InlineData("""{ "format": 1, "classes": [ { "name": "a", "lifetime": "1s", "swr": "1s" } ], REST }""", "classes[0]: swr is not known here")]
    [InlineData("""{ "format": 1, "classes": [ { "name": "a", "lifetime": "1s" }, { "name": "a", "lifetime": "2s" } ], REST }""", "classes[1]: a is the name of two classes")]
    [InlineData("""{ "format": 1, "classes": [ { "name": "a", "lifetime": "1s" }, { "name": "b c", "lifetime": "2s" } ], REST }""", "classes[1]: name must be letters, digits, dots and dashes, is 'b c'")]
    [InlineData("""{ "format": 1, "classes": [ { "name": "a", "lifetime": "1s" } ], "objects": [ { "keys": "x", "class": "b" } ], REST }""", "objects[0]: class must name one of the classes, is 'b'")]
    [InlineData("""{ "format": 1, "classes": [ { "name": "a", "lifetime": "1s" } ], "objects": [ { "keys": "/x", "class": "a" } ], REST }""", "objects[0]: keys must be a key with * in segments and ** for segments, and no slash at either end; is '/x'")]
    [InlineData("""{ "format": 1, "classes": [ { "name": "a", "lifetime": "1s" } ], "objects": [ { "keys": "x", "class": "a" }, { "keys": "x", "class": "a" } ], REST }""", "objects[1]: x is never reached: x stands before it")]
    [InlineData("""{ "format": 1, "classes": [ { "name": "a", "lifetime": "1s" } ], "objects": [ { "keys": "**", "class": "a" }, { "keys": "x", "class": "a" } ], REST }""", "objects[1]: x is never reached: ** stands before it")]
    [InlineData("""{ "format": 1, "classes": [ { "name": "a", "lifetime": "1s" } ], "default": "a", "listings": "b", "absence": "a" }""", "listings must name one of the classes, is 'b'")]
    [InlineData("""{ "format": 1, "classes": [ { "name": "a", "lifetime": "1s" } ], "object": [], REST }""", "object is not known here")]
    public void Read_Fault_NamedWithItsRow(string text, params string[] expected)
    {
        var faults = new List<SiteFault>();

        FreshnessReader.Read(Row(text.Replace("REST", Rest, StringComparison.Ordinal), faults));

        Assert.Equal(expected.Select(fault => "freshness.json: " + fault), faults.Select(fault => fault.ToString()));
    }

    [Theory]
    [InlineData("nodejs/release/v22.1.0/node-v22.1.0.tar.gz", "release")]
    [InlineData("nodejs/release/v22.1.0/SHASUMS256.txt.sig", "release")]
    [InlineData("nodejs/release/v22.1.0/docs/api/index.json", "release")]
    [InlineData("nodejs/nightly/v27.0.0-nightly20260101aaaa/node.tar.gz", "release")]
    [InlineData("nodejs/docs/v22.1.0/api/fs.html", "release")]
    [InlineData("nodejs/release/index.json", "index")]
    [InlineData("nodejs/nightly/index.json", "index")]
    [InlineData("nodejs/release/index.tab", "short")]
    [InlineData("metrics/logs/x.csv", "short")]
    [InlineData(".release-server/catalog/nodejs/~listing.json", "listing")]
    [InlineData("nodejs/release/node-v0.1.14.tar.gz", "other")]
    [InlineData("llms.txt", "other")]
    public void EmbeddedData_Key_ItsClass(string key, string expected)
    {
        var freshness = SiteDataLoader.Load(directory: null).Freshness;

        Assert.Equal(expected, freshness.ClassOf(key).Name);
    }

    [Fact]
    public void EmbeddedData_Classes_AsTheProjectWantsThem()
    {
        var freshness = SiteDataLoader.Load(directory: null).Freshness;

        Assert.False(freshness.IsCatalogAuthoritative);
        Assert.True(freshness.ClassOf("nodejs/release/v1.0.0/x") is { IsImmutable: true, Lifetime.Days: 30 });
        Assert.True(freshness.ClassOf("nodejs/release/index.json") is { MustBeJson: true, Lifetime.Seconds: 10, StaleWhileRevalidate.Seconds: 10 });
        Assert.True(freshness.Listings is { Lifetime.Seconds: 10, StaleWhileRevalidate.Seconds: 30 });
        Assert.Equal(new FreshnessClass("absence", TimeSpan.FromSeconds(2), TimeSpan.Zero, TimeSpan.Zero), freshness.Absence);
    }

    private static FreshnessRules Read(string text)
    {
        var faults = new List<SiteFault>();
        var rules = FreshnessReader.Read(Row(text, faults));
        Assert.Empty(faults);
        return rules;
    }

    private static JsonRow Row(string text, List<SiteFault> faults) => JsonRow.ParseFile("freshness.json", Encoding.UTF8.GetBytes(text), faults)!;
}
