using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ReleaseServer.Tests.Sample;

public sealed class SampleIndexTests(SampleTreeFixture tree) : IClassFixture<SampleTreeFixture>
{
    private static readonly string[] Columns =
        ["version", "date", "files", "npm", "v8", "uv", "zlib", "openssl", "modules", "lts", "security"];

    [Theory]
    [InlineData("release", 11)]
    [InlineData("nightly", 1)]
    [InlineData("rc", 1)]
    public void Json_EveryToken_StandsForAFileAndEveryTarballHasOne(string channel, int count)
    {
        var entries = Entries(channel);

        Assert.Equal(count, entries.Count);
        Assert.All(entries, entry =>
        {
            var name = entry.GetProperty("version").GetString()!;
            var sums = Encoding.UTF8.GetString(tree.Objects[$"nodejs/{channel}/{name}/SHASUMS256.txt"].Content);
            var files = sums.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("  ")[1]).ToHashSet();
            var tokens = entry.GetProperty("files").EnumerateArray().Select(token => token.GetString()!).ToList();
            Assert.Equal(tokens.Order(StringComparer.Ordinal), tokens);
            Assert.All(tokens, token => Assert.Contains(Candidates(name, token), files.Contains));
            Assert.Equal(files.Count(file => file.EndsWith(".tar.gz", StringComparison.Ordinal)), tokens.Count(IsTarball));
        });
    }

    [Fact]
    public void Json_Releases_NewestFirstWithTheDateOfTheFiles()
    {
        var entries = Entries("release");

        var versions = entries.Select(entry => Version.Parse(entry.GetProperty("version").GetString()![1..])).ToList();
        Assert.Equal(versions.OrderDescending(), versions);
        Assert.All(entries, entry =>
        {
            var name = entry.GetProperty("version").GetString();
            var oldest = tree.Objects.Where(item => item.Key.StartsWith($"nodejs/release/{name}/", StringComparison.Ordinal))
                .Min(item => item.Value.Metadata.Modified);
            Assert.Equal(oldest.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), entry.GetProperty("date").GetString());
        });
    }

    [Theory]
    [InlineData("release")]
    [InlineData("nightly")]
    [InlineData("rc")]
    public void Tab_EveryRow_SaysWhatJsonSays(string channel)
    {
        var rows = Encoding.UTF8.GetString(tree.Objects[$"nodejs/{channel}/index.tab"].Content).TrimEnd('\n').Split('\n');

        Assert.Equal(Columns, rows[0].Split('\t'));
        Assert.Equal(Entries(channel).Select(entry => string.Join('\t', Columns.Select(column => Cell(entry, column)))), rows[1..]);
    }

    [Fact]
    public void Json_OldestVersion_LeavesOutWhatItDoesNotHave()
    {
        var oldest = Entries("release")[^1].GetRawText();

        Assert.Equal("""{"version":"v0.1.14","date":"2011-08-26","files":["src"],"v8":"1.3.15.0","lts":false,"security":false}""", oldest);
    }

    private List<JsonElement> Entries(string channel) =>
        [.. JsonDocument.Parse(tree.Objects[$"nodejs/{channel}/index.json"].Content).RootElement.EnumerateArray()];

    private static bool IsTarball(string token) =>
        token is "src" or "headers" || token.EndsWith("-tar", StringComparison.Ordinal) || token.StartsWith("linux-", StringComparison.Ordinal);

    // The files that a client looks for when it reads a token; in the days of v0.x some were elsewhere.
    private static string[] Candidates(string version, string token) => token switch
    {
        "src" => [$"node-{version}.tar.gz"],
        "osx-x64-pkg" => [$"node-{version}.pkg"],
        "win-x86-exe" => ["node.exe"],
        "win-x64-exe" => ["win-x64/node.exe", "x64/node.exe"],
        "win-x64-msi" => [$"node-{version}-x64.msi", $"x64/node-{version}-x64.msi"],
        "win-arm64-msi" or "win-x86-msi" => [$"node-{version}-{token[4..^4]}.msi"],
        "win-x64-zip" => [$"node-{version}-win-x64.zip"],
        _ when token.StartsWith("osx-", StringComparison.Ordinal) => [$"node-{version}-darwin-{token[4..^4]}.tar.gz"],
        _ => [$"node-{version}-{token}.tar.gz"],
    };

    private static string Cell(JsonElement entry, string column)
    {
        if (!entry.TryGetProperty(column, out var value))
        {
            return "-";
        }

        return value.ValueKind switch
        {
            JsonValueKind.False => "-",
            JsonValueKind.True => "true",
            JsonValueKind.Array => string.Join(',', value.EnumerateArray().Select(token => token.GetString())),
            _ => value.GetString()!,
        };
    }
}
