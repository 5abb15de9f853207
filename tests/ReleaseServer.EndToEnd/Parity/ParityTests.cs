using System.Text;
using ReleaseServer.EndToEnd.Sites;

namespace ReleaseServer.EndToEnd.Parity;

/// <summary>The server answers as nginx does, but for the differences in <c>docs/parity.md</c>.</summary>
public abstract class ParityTests
{
    private static readonly ParityDifference[] Differences = ParityDifference.Load();
    private readonly ParityPair _pair;

    protected ParityTests(ParityPair pair)
    {
        _pair = pair;
        _pair.Require();
    }

    [Theory]
    [MemberData(nameof(ParityRows.All), MemberType = typeof(ParityRows), DisableDiscoveryEnumeration = true)]
    public async Task Answer_OfARequest_AsNginxButForTheWantedDifferences(int line, string shown)
    {
        var request = ParityRows.At(line);

        var nginx = await request.SendAsync(_pair.Nginx);
        var server = await request.SendAsync(_pair.Server);

        AssertAlike(request, nginx, server, shown);
    }

    [Fact]
    public async Task Listing_OfEveryDirectory_ByteForByteAsNginx()
    {
        var tree = await ReleaseTree.GetAsync();
        var releases = Path.Combine(tree, "nodejs");
        var directories = Directory.EnumerateDirectories(releases, "*", SearchOption.AllDirectories)
            .Select(path => $"/download/{Path.GetRelativePath(releases, path)}/")
            .Where(path => !path.Contains("/."))
            .Append("/download/")
            .Append("/dist/")
            .Append("/dist/latest/")
            .Append("/dist/latest-jod/")
            .Append("/docs/")
            .Append("/docs/latest/")
            .Append("/metrics/")
            .Order(StringComparer.Ordinal)
            .ToArray();
        var different = new StringBuilder();

        foreach (var directory in directories)
        {
            var request = new ParityRequest(0, 0, "GET", Escape(directory), [], []);
            var nginx = await request.SendAsync(_pair.Nginx);
            var server = await request.SendAsync(_pair.Server);
            if (nginx.Status != server.Status || (nginx.Status == 200 && !nginx.Body.SequenceEqual(server.Body)))
            {
                different.AppendLine($"{directory}: nginx {nginx.Status}\n{Encoding.Latin1.GetString(nginx.Body)}");
                different.AppendLine($"the server {server.Status}\n{Encoding.Latin1.GetString(server.Body)}");
            }
        }

        Assert.True(different.Length == 0, different.ToString());
    }

    private static void AssertAlike(ParityRequest request, RawResponse nginx, RawResponse server, string shown)
    {
        var expected = Observation.Of(nginx);
        var actual = Observation.Of(server);
        var applying = Differences.Where(difference => difference.Applies(request, nginx)).ToArray();
        var different = new StringBuilder();
        foreach (var name in expected.Keys)
        {
            // The later rule wins, so the particular stands below the general in the file; named ones win over all.
            var rule = applying.Where(difference => difference.Expect.ContainsKey(name))
                .OrderBy(difference => request.Differences.Contains(difference.Id))
                .LastOrDefault();
            var wanted = rule is null ? expected[name] : rule.Expect[name];
            // Of a HEAD answer the fields may differ on purpose; a body is none in any case.
            var isAllowed = rule is null || (name == "Body" && request.Method == "HEAD")
                ? expected[name] == actual[name]
                : ParityDifference.Allows(wanted, actual[name]);
            if (!isAllowed)
            {
                different.AppendLine($"{name}: wanted {wanted ?? "none"} ({rule?.Id ?? "nginx"}), is {actual[name] ?? "none"}");
            }
        }

        Assert.True(different.Length == 0, $"requests.tsv, line {request.Line}: {shown}\n{different}");
    }

    private static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}

public sealed class ParityOnFolderTests(FolderParityPair pair) : ParityTests(pair), IClassFixture<FolderParityPair>;

public sealed class ParityOnS3Tests(S3ParityPair pair) : ParityTests(pair), IClassFixture<S3ParityPair>;
