using System.Text;
using ReleaseServer.Releases;

namespace ReleaseServer.Tests.Releases;

/// <summary>The two forms of an index, in the bytes that nodejs.org has.</summary>
public sealed class IndexDocumentsTests
{
    private const string Json = """
        [
        {"version":"v22.9.0","date":"2024-09-17","files":["aix-ppc64","headers","linux-x64"],"npm":"10.8.3","v8":"12.4.254.21","uv":"1.48.0","zlib":"1.3.0.1-motley","openssl":"3.0.15+quic","modules":"127","lts":false,"security":false},
        {"version":"v20.15.1","date":"2024-07-08","files":["src"],"npm":"10.7.0","v8":"11.3.244.8","uv":"1.46.0","zlib":"1.3.0.1-motley","openssl":"3.0.13+quic","modules":"115","lts":"Iron","security":true},
        {"version":"v0.1.14","date":"2011-08-26","files":["src"],"v8":"1.3.15.0","lts":false,"security":false}
        ]

        """;

    private const string Tab =
        "version\tdate\tfiles\tnpm\tv8\tuv\tzlib\topenssl\tmodules\tlts\tsecurity\n"
        + "v22.9.0\t2024-09-17\taix-ppc64,headers,linux-x64\t10.8.3\t12.4.254.21\t1.48.0\t1.3.0.1-motley\t3.0.15+quic\t127\t-\t-\n"
        + "v20.15.1\t2024-07-08\tsrc\t10.7.0\t11.3.244.8\t1.46.0\t1.3.0.1-motley\t3.0.13+quic\t115\tIron\ttrue\n"
        + "v0.1.14\t2011-08-26\tsrc\t-\t1.3.15.0\t-\t-\t-\t-\t-\t-\n";

    [Fact]
    public void Json_ReadAndWritten_SameBytes()
    {
        var faults = new List<string>();

        var entries = IndexJson.Read(Encoding.UTF8.GetBytes(Json), faults);

        Assert.Empty(faults);
        Assert.Equal(Json, Encoding.UTF8.GetString(IndexJson.Write(entries)));
        Assert.Equal(Tab, Encoding.UTF8.GetString(IndexTab.Write(entries)));
    }

    [Fact]
    public void Json_NoVersion_StillAnArray() => Assert.Equal("[\n]\n", Encoding.UTF8.GetString(IndexJson.Write([])));

    [Fact]
    public void Json_EveryFault_NamedWithRowAndVersion()
    {
        const string Broken = """
            [
            {"version":"v3","date":"17.9.2024","files":["src"],"lts":false,"security":"no"},
            {"version":"v2","date":"2024-09-17","files":"src","lts":true,"security":false,"codename":"x"},
            {"date":"2024-09-17"},
            {"version":"v1","date":"2024-09-17","files":[],"lts":false,"security":false},
            {"version":"v1","date":"2024-09-17","files":[],"lts":false,"security":false},
            7
            ]
            """;
        var faults = new List<string>();

        var entries = IndexJson.Read(Encoding.UTF8.GetBytes(Broken), faults);

        Assert.Equal(
            [
                "index.json: row 0 (v3): security must be true or false",
                "index.json: row 0 (v3): date must be a day, such as 2026-08-05; is '17.9.2024'",
                "index.json: row 1 (v2): files must be an array of strings",
                "index.json: row 1 (v2): lts must be a text",
                "index.json: row 1 (v2): the member 'codename' is not known, and would be lost",
                "index.json: row 2: version is missing",
                "index.json: row 4 (v1): is there twice",
                "index.json: row 5: is no object",
            ],
            faults);
        Assert.Equal(["v1", "v1"], entries.Select(static entry => entry.Version));
    }

    [Theory]
    [InlineData("{}", "index.json: must be an array of versions")]
    [InlineData("[\n{", "index.json: line 2 is not JSON")]
    public void Json_NotAnIndex_OneFault(string text, string fault)
    {
        var faults = new List<string>();

        IndexJson.Read(Encoding.UTF8.GetBytes(text), faults);

        Assert.StartsWith(fault, Assert.Single(faults), StringComparison.Ordinal);
    }

    [Fact]
    public void Tab_ComparedWithTheJson_EveryDifferenceNamed()
    {
        var entries = IndexJson.Read(Encoding.UTF8.GetBytes(Json), []);
        var other = Tab.Replace("v22.9.0\t2024-09-17", "v22.9.0\t2024-09-18", StringComparison.Ordinal)
            .Replace("v20.15.1\t", "v20.15.2\t", StringComparison.Ordinal)
            .Replace("-\t-\t-\t-\n", "-\t-\t-\tfalse\n", StringComparison.Ordinal);
        var (faults, none) = (new List<string>(), new List<string>());

        IndexTab.Compare(Encoding.UTF8.GetBytes(other), entries, faults);
        IndexTab.Compare(Encoding.UTF8.GetBytes(Tab), entries, none);

        Assert.Equal(
            ["index.tab: v22.9.0 says something else than in index.json", "index.tab: v20.15.1 is missing", "index.tab: v20.15.2 is not in index.json"],
            faults);
        Assert.Empty(none);
    }

    [Theory]
    [InlineData("node-v26.7.0.tar.gz", "src")]
    [InlineData("node-v26.7.0.tar.xz", null)]
    [InlineData("node-v26.7.0-headers.tar.gz", "headers")]
    [InlineData("node-v26.7.0-darwin-arm64.tar.gz", "osx-arm64-tar")]
    [InlineData("node-v26.7.0.pkg", "osx-x64-pkg")]
    [InlineData("node-v26.7.0-x64.msi", "win-x64-msi")]
    [InlineData("x64/node-v26.7.0-x64.msi", "win-x64-msi")]
    [InlineData("node-v26.7.0-win-arm64.7z", "win-arm64-7z")]
    [InlineData("win-x64/node.exe", "win-x64-exe")]
    [InlineData("x64/node.exe", "win-x64-exe")]
    [InlineData("node.exe", "win-x86-exe")]
    [InlineData("win-x64/node.lib", null)]
    [InlineData("win-x64/node_pdb.zip", null)]
    [InlineData("node-v26.7.1-linux-x64.tar.gz", null)]
    [InlineData("docs/node-v26.7.0.tar.gz", null)]
    [InlineData("SHASUMS256.txt", null)]
    public void Token_OfAName(string name, string? expected) => Assert.Equal(expected, AssetTokens.Of("v26.7.0", name));

    [Fact]
    public void Token_OfANightly() =>
        Assert.Equal("linux-x64", AssetTokens.Of("v27.0.0-nightly2026080412ab34cd56", "node-v27.0.0-nightly2026080412ab34cd56-linux-x64.tar.gz"));

    [Fact]
    public void Shasums_LinesAndFaults()
    {
        var (a, b) = (new string('a', 64), new string('B', 64));

        var file = ShasumsFile.Parse(Encoding.UTF8.GetBytes($"{a}  one.tar.gz\n{b} *./win-x64/node.exe\r\n\nabc  two\n{a}  one.tar.gz\n"));

        Assert.Equal([new Shasum(a, "one.tar.gz"), new Shasum(b.ToLowerInvariant(), "win-x64/node.exe")], file.Lines);
        Assert.Equal(
            ["line 4 is not a digest of 64 hexadecimal digits, two blanks and a name: 'abc  two'", "line 5 names 'one.tar.gz' a second time"],
            file.Faults);
    }
}
