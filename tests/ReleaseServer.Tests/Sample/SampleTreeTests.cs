using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace ReleaseServer.Tests.Sample;

public sealed partial class SampleTreeTests(SampleTreeFixture tree) : IClassFixture<SampleTreeFixture>
{
    [Fact]
    public async Task WriteAsync_Twice_SameKeysBytesAndAttributes()
    {
        var again = await SampleTreeFixture.WriteAsync();

        Assert.Equal(tree.Objects.Keys, again.Keys);
        Assert.All(tree.Objects, first =>
        {
            Assert.Equal(first.Value.Metadata, again[first.Key].Metadata);
            Assert.Equal(first.Value.Content, again[first.Key].Content);
        });
    }

    [Fact]
    public void WriteAsync_WholeTree_SmallEnoughForAFirstRun()
    {
        var bytes = tree.Objects.Values.Sum(written => (long)written.Content.Length);

        Assert.InRange(tree.Objects.Count, 200, 350);
        Assert.InRange(bytes, 2_000_000, 3_000_000);
    }

    [Fact]
    public void WriteAsync_EveryObject_HasATypeAndADate()
    {
        Assert.All(tree.Objects.Values, written =>
        {
            Assert.NotNull(written.Metadata.ContentType);
            Assert.InRange(written.Metadata.Modified.Year, 2011, 2026);
        });
    }

    [Fact]
    public void WriteAsync_EveryChecksum_IsThatOfTheFile()
    {
        var lines = 0;

        foreach (var (key, written) in tree.Objects.Where(item => item.Key.EndsWith("/SHASUMS256.txt", StringComparison.Ordinal)))
        {
            var folder = key[..^"/SHASUMS256.txt".Length];
            var names = new List<string>();
            foreach (var line in Encoding.UTF8.GetString(written.Content).TrimEnd('\n').Split('\n'))
            {
                var match = ChecksumLine().Match(line);
                Assert.True(match.Success, line);
                names.Add(match.Groups[2].Value);
                Assert.Equal(match.Groups[1].Value, Convert.ToHexStringLower(SHA256.HashData(Asset(folder, names[^1]))));
                lines++;
            }

            Assert.Equal(names.Order(StringComparer.Ordinal), names);
            var present = tree.Objects.Keys.Where(other =>
                other.StartsWith(folder + "/", StringComparison.Ordinal)
                && other != key
                && !other.StartsWith(folder + "/docs/", StringComparison.Ordinal));
            Assert.Empty(present.Except(names.Select(name => $"{folder}/{name}")));
        }

        Assert.InRange(lines, 100, 300);
    }

    [Fact]
    public async Task WriteAsync_EveryXz_HoldsWhatItsGzipTwinHolds()
    {
        Tool.Require("xz");
        var xz = tree.Objects.Where(item => item.Key.EndsWith(".tar.xz", StringComparison.Ordinal)).ToList();

        // xz reads files joined end to end as one, so one process checks them all.
        var decoded = await Tool.RunAsync("xz", ["-dc"], [.. xz.SelectMany(item => item.Value.Content)]);

        var expected = xz.SelectMany(item => Gunzip(tree.Objects[item.Key[..^2] + "gz"].Content)).ToArray();
        Assert.InRange(xz.Count, 40, 100);
        Assert.True(expected.AsSpan().SequenceEqual(decoded));
    }

    [Fact]
    public void WriteAsync_EveryGzip_CarriesNoClock()
    {
        var gzip = tree.Objects.Where(item => item.Key.EndsWith(".gz", StringComparison.Ordinal));

        // RFC 1952 §2.3: magic, method, flags (no name), then four bytes of MTIME.
        Assert.All(gzip, item => Assert.Equal([0x1F, 0x8B, 8, 0, 0, 0, 0, 0], item.Value.Content[..8]));
    }

    [Fact]
    public void WriteAsync_LargestFile_IsWorthAResumedDownload()
    {
        var large = tree.Objects["nodejs/release/v26.7.0/node-v26.7.0-linux-x64.tar.gz"];

        Assert.InRange(large.Content.Length, 750_000, 1_100_000);
    }

    [Theory]
    [InlineData("nodejs/docs/v0.1.14/api.html")]
    [InlineData("nodejs/docs/v0.5.0/index.html")]
    [InlineData("nodejs/nightly/v27.0.0-nightly2026080412ab34cd56/SHASUMS256.txt")]
    [InlineData("nodejs/rc/v26.0.0-rc.1/node-v26.0.0-rc.1-headers.tar.gz")]
    [InlineData("nodejs/release/node-v0.1.14.tar.gz")]
    [InlineData("nodejs/release/npm-versions.txt")]
    [InlineData("nodejs/release/v0.1.14/SHASUMS256.txt")]
    [InlineData("nodejs/release/v0.10.48/x64/node-v0.10.48-x64.msi")]
    [InlineData("nodejs/release/v24.19.0/docs/node-config-schema.json")]
    [InlineData("nodejs/release/v26.7.0/docs/api/assets/style.css")]
    [InlineData("nodejs/release/v26.7.0/docs/llms.txt")]
    [InlineData("nodejs/release/v26.7.0/win-x64/node.exe")]
    [InlineData("metrics/index.html")]
    [InlineData("metrics/summaries/total.csv")]
    public void WriteAsync_WholeTree_Holds(string key)
    {
        Assert.Contains(key, tree.Objects.Keys);
    }

    [Theory]
    [InlineData("nodejs/docs/v0.1.14/index.html")]
    [InlineData("nodejs/release/latest/SHASUMS256.txt")]
    [InlineData("nodejs/release/v0.1.14/node-v0.1.14.tar.gz")]
    [InlineData("nodejs/release/v0.5.0/node-v0.5.0.tar.gz")]
    public void WriteAsync_LinksAndMissingIndexPage_AreNotWritten(string key)
    {
        Assert.DoesNotContain(key, tree.Objects.Keys);
    }

    // The oldest versions keep their one file beside the directory, where a link finds it.
    private byte[] Asset(string folder, string name) =>
        (tree.Objects.GetValueOrDefault($"{folder}/{name}") ?? tree.Objects[$"nodejs/release/{name}"]).Content;

    private static byte[] Gunzip(byte[] content)
    {
        using var gzip = new GZipStream(new MemoryStream(content), CompressionMode.Decompress);
        using var output = new MemoryStream();
        gzip.CopyTo(output);
        return output.ToArray();
    }

    [GeneratedRegex("^([0-9a-f]{64})  (\\S+)$")]
    private static partial Regex ChecksumLine();
}
