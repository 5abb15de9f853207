using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ReleaseServer.Listings;
using ReleaseServer.Site;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Site;

/// <summary>Holds <c>docs/site-data.md</c> to the readers: every member is in it, and every example is good.</summary>
public sealed partial class SiteDataDocumentTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "site-data.md"));

    private static readonly (string Name, string Text)[] Examples =
        [.. Example().Matches(Document).Select(match => (match.Groups["name"].Value, match.Groups["text"].Value))];

    public static TheoryData<int> ExampleNumbers => [.. Enumerable.Range(0, Examples.Length)];

    [Fact]
    public void Document_Members_AreThoseTheReadersAskFor()
    {
        var readers = Directory.EnumerateFiles(Path.Combine(Repository.Sources, "Site"), "*.cs").Select(File.ReadAllText);
        var members = readers.SelectMany(text => Asked().Matches(text)).Select(match => match.Groups["name"].Value).ToHashSet();

        Assert.True(members.Count >= 35, $"only {members.Count} members were found in the readers");
        Assert.Equal([], members.Where(member => !IsDocumented(member)));
    }

    [Fact]
    public void Document_CatalogMembers_AreThoseOfTheDocument()
    {
        Type[] types = [typeof(CatalogDocument), typeof(CatalogFile), typeof(CatalogDirectory), typeof(CatalogLink), typeof(CatalogMarker)];
        var members = types.SelectMany(type => CatalogJsonContext.Default.GetTypeInfo(type)!.Properties)
            .Where(property => property.Get is not null)
            .Select(property => property.Name)
            .ToHashSet();

        Assert.True(members.Count >= 9, $"only {members.Count} members were found in the catalog's types");
        Assert.Equal([], members.Where(member => !IsDocumented(member)));
    }

    [Theory]
    [MemberData(nameof(ExampleNumbers))]
    public void Document_Example_IsGood(int number)
    {
        var (name, text) = Examples[number];

        Read(name, text); // throws, naming the fault
    }

    [Fact]
    public void Document_Examples_OneOfEachFile()
    {
        string[] files =
        [
            "routes.json", "redirects.json", "media-types.json", "releases.json", "freshness.json", "generation.json", "~listing.json", "purges/0000000007.json",
        ];

        Assert.Empty(files.Except(Examples.Select(example => example.Name)));
    }

    private static void Read(string name, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        switch (name)
        {
            case "generation.json":
                GenerationDocument.Read(utf8);
                break;
            case "~listing.json":
                CatalogDocument.Parse(utf8, JsonDocument.Parse(text).RootElement.GetProperty("directory").GetString()!);
                break;
            case var links when links.StartsWith("links/", StringComparison.Ordinal):
                PublishedSite.ParseLinks(links, utf8);
                break;
            case var purge when purge.StartsWith("purges/", StringComparison.Ordinal):
                Assert.True(PurgeEntry.TryGetNumber(".release-server/" + purge, out var number));
                PurgeEntry.Read(number, utf8);
                break;
            default:
                using (var folder = new ScratchFolder())
                {
                    folder.Write("routes.json", """{ "format": 1, "routes": [ { "path": "/", "key": "" } ] }""");
                    folder.Write(name, text);
                    SiteDataLoader.Load(folder.Path);
                }

                break;
        }
    }

    private static bool IsDocumented(string member) => Document.Contains($"`{member}`", StringComparison.Ordinal);

    [GeneratedRegex(@"```json\n// (?<name>\S+)\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();

    // How the readers ask for a member: row.Text("path"), Version(row, "from").
    [GeneratedRegex("""(?:\.(?:Text|TextOrEmpty|OptionalText|Number|RequiredNumber|Duration|RequiredDuration|Flag|Rows|Texts|Map)\(|Version\(row, )"(?<name>\w+)""")]
    private static partial Regex Asked();
}
