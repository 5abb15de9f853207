using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ReleaseServer.Tests.Sample;

/// <summary>Unpacks tarballs with the machine's own tar and runs what is in them.</summary>
public sealed class SampleTarballTests(SampleTreeFixture tree) : IClassFixture<SampleTreeFixture>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sample-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("release", "v0.10.48", "gz", "2.15.1")]
    [InlineData("release", "v0.12.18", "xz", "2.15.11")]
    [InlineData("release", "v20.20.2", "gz", "10.8.2")]
    [InlineData("release", "v26.7.0", "xz", "11.16.0")]
    [InlineData("nightly", "v27.0.0-nightly2026080412ab34cd56", "xz", "11.16.0")]
    public async Task LinuxTarball_Unpacked_NodeAndNpmTellTheirVersions(string channel, string version, string compression, string npm)
    {
        Tool.Require("tar", "gzip", "xz", "sh");

        await UnpackAsync($"nodejs/{channel}/{version}/node-{version}-linux-x64.tar.{compression}");

        var bin = Path.Combine(_folder.FullName, $"node-{version}-linux-x64", "bin");
        Assert.Equal(version, await Tool.LineOfAsync(Path.Combine(bin, "node"), "--version"));
        Assert.Equal(version, await Tool.LineOfAsync(Path.Combine(bin, "node"), "-p", "process.version"));
        Assert.Equal("linux", await Tool.LineOfAsync(Path.Combine(bin, "node"), "-p", "process.platform"));
        Assert.Equal(npm, await Tool.LineOfAsync(Path.Combine(bin, "npm"), "--version"));
        Assert.Equal(npm, await Tool.LineOfAsync(Path.Combine(bin, "npx"), "--version"));
        Assert.Equal(npm, await Tool.LineOfAsync(Path.Combine(bin, "node"), Path.Combine(bin, "npm"), "--version"));
        Assert.Equal(Path.GetDirectoryName(bin), await Tool.LineOfAsync(Path.Combine(bin, "npm"), "config", "get", "prefix"));
    }

    [Fact]
    public async Task HeadersTarball_EveryVersion_StatesTheFactsOfTheIndex()
    {
        Tool.Require("tar", "gzip");
        var index = JsonDocument.Parse(tree.Objects["nodejs/release/index.json"].Content).RootElement.EnumerateArray()
            .Where(entry => entry.GetProperty("files").EnumerateArray().Any(token => token.ValueEquals("headers"))).ToList();

        foreach (var entry in index)
        {
            var version = entry.GetProperty("version").GetString()!;
            await UnpackAsync($"nodejs/release/{version}/node-{version}-headers.tar.gz");
            var lts = entry.GetProperty("lts");
            Assert.Equal(lts.ValueKind == JsonValueKind.String ? "1" : "0", Defined(version, "node_version.h", "NODE_VERSION_IS_LTS"));
            Assert.Equal(lts.ValueKind == JsonValueKind.String ? lts.GetString() : "", Defined(version, "node_version.h", "NODE_VERSION_LTS_CODENAME"));
            Assert.Equal(version[1..], Numbers(version, "node_version.h", "NODE_{0}_VERSION", "MAJOR", "MINOR", "PATCH"));
            Assert.Equal(entry.GetProperty("modules").GetString(), Defined(version, "node_version.h", "NODE_MODULE_VERSION"));
            Assert.Equal(
                entry.GetProperty("v8").GetString(),
                Numbers(version, "v8-version.h", "V8_{0}", "MAJOR_VERSION", "MINOR_VERSION", "BUILD_NUMBER", "PATCH_LEVEL"));
            Assert.Equal(entry.GetProperty("uv").GetString(), Numbers(version, "uv/version.h", "UV_VERSION_{0}", "MAJOR", "MINOR", "PATCH"));
            Assert.Equal(entry.GetProperty("zlib").GetString(), Defined(version, "zlib.h", "ZLIB_VERSION"));
            Assert.Equal(entry.GetProperty("openssl").GetString(), Defined(version, "openssl/opensslv.h", "OPENSSL_VERSION_TEXT").Split(' ')[1]);
        }

        Assert.Equal(9, index.Count);
    }

    [Fact]
    public async Task HeadersTarball_ConfigGypi_ReadsAsNodeGypReadsIt()
    {
        Tool.Require("tar", "gzip");

        await UnpackAsync("nodejs/release/v26.7.0/node-v26.7.0-headers.tar.gz");

        // Comments go, single quotes become double ones, and the rest is JSON.
        var text = Regex.Replace(Header("v26.7.0", "config.gypi"), "#.*", "").Replace('\'', '"');
        var variables = JsonDocument.Parse(text).RootElement.GetProperty("variables");
        Assert.Equal(147, variables.GetProperty("node_module_version").GetInt32());
    }

    [Fact]
    public async Task Tarball_Listed_HasFixedOwnersModesAndDates()
    {
        Tool.Require("tar", "gzip");
        var tarball = tree.Objects["nodejs/release/v24.19.0/node-v24.19.0.tar.gz"].Content;

        var listing = await Tool.RunAsync("tar", ["-tvzf", "-", "--full-time", "--utc"], tarball);

        var lines = Encoding.UTF8.GetString(listing).TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.Matches(@"^(d|-)rw[x-]r-[x-]r-[x-] root/root +\d+ 2026-08-04 10:30:00 ", line));
        Assert.Contains(lines, line => line.StartsWith("-rwxr-xr-x", StringComparison.Ordinal) && line.EndsWith("/configure", StringComparison.Ordinal));
    }

    private async Task UnpackAsync(string key)
    {
        var decompress = key.EndsWith(".xz", StringComparison.Ordinal) ? "-J" : "-z";
        await Tool.RunAsync("tar", ["-x", decompress, "-f", "-", "-C", _folder.FullName], tree.Objects[key].Content);
    }

    private string Header(string version, string name) =>
        File.ReadAllText(Path.Combine(_folder.FullName, $"node-{version}", "include", "node", name));

    private string Defined(string version, string header, string name)
    {
        var match = Regex.Match(Header(version, header), $"^# ?define {name} \"?(.*?)\"?$", RegexOptions.Multiline);
        Assert.True(match.Success, $"{header} of {version} does not define {name}");
        return match.Groups[1].Value;
    }

    private string Numbers(string version, string header, string pattern, params string[] parts) =>
        string.Join('.', parts.Select(part => Defined(version, header, pattern.Replace("{0}", part, StringComparison.Ordinal))));
}
