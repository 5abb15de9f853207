using System.Security.Cryptography;
using System.Text.Json;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Sample;
using ReleaseServer.Testing.Alerting;

namespace ReleaseServer.Tests.Commands;

/// <summary>The verb <c>verify</c>, on the sample tree as a folder, published.</summary>
public sealed class VerifyCommandTests : IAsyncLifetime
{
    private const string Version = "nodejs/release/v22.23.2/";

    private readonly CommandRunner _runner = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Key(""));
        using (var bucket = new FolderBucket(Key("")))
        {
            await SampleTree.WriteAsync(bucket, Token);
        }

        await _runner.RunAsync("links");
        await _runner.RunAsync("catalog");
    }

    public ValueTask DisposeAsync()
    {
        _runner.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Verify_AllIsWell_SaysWhatItHasSeen()
    {
        var result = await _runner.RunAsync("verify");

        Golden.Equal("verify.txt", result.Output);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task Verify_EveryKindOfFault_EachIsFound()
    {
        await File.WriteAllTextAsync(Key(Version + "node-v22.23.2-headers.tar.gz"), "other bytes", Token);
        File.Delete(Key(Version + "node-v22.23.2.pkg"));
        await File.WriteAllTextAsync(Key(Version + "node-v22.23.2-linux-riscv64.tar.gz"), "who put this here?", Token);
        Directory.Delete(Key("nodejs/release/v18.20.8"), recursive: true);
        var index = Key("nodejs/release/index.json");
        await File.WriteAllLinesAsync(index, (await File.ReadAllLinesAsync(index, Token)).Where(static line => !line.Contains("\"v4.9.1\"", StringComparison.Ordinal)), Token);

        var result = await _runner.RunAsync("verify", "--json");

        Assert.Equal((1, ""), (result.ExitCode, result.Error));
        var report = JsonDocument.Parse(result.Output).RootElement;
        var findings = report.GetProperty("findings").EnumerateArray()
            .Select(static finding => $"{finding.GetProperty("area").GetString()} {finding.GetProperty("key").GetString()}: {finding.GetProperty("text").GetString()}").ToList();
        Assert.Equal(findings.Count, report.GetProperty("count").GetInt32());
        string[] expected =
        [
            $"checksums {Version}node-v22.23.2-headers.tar.gz: has the sha256 ",
            $"checksums {Version}node-v22.23.2.pkg: is in SHASUMS256.txt, and not in the bucket",
            $"checksums {Version}node-v22.23.2-linux-riscv64.tar.gz: is not in SHASUMS256.txt",
            $"catalog {Version}node-v22.23.2.pkg: is in the catalog, and not in the bucket: run catalog",
            $"catalog {Version}node-v22.23.2-headers.tar.gz: is in the bucket with 11 bytes, and the catalog does not say so: run catalog",
            "catalog nodejs/release/v18.20.8/: is in the catalog, and not in the bucket: run catalog",
            $"index {Version}: index.json says osx-x64-pkg, and there is no such file",
            "index nodejs/release/v18.20.8/: is in index.json, and not in the bucket",
            "index nodejs/release/v4.9.1: is whole, and not in index.json: run index",
            "index nodejs/release/index.json: index.tab: v4.9.1 is not in index.json",
            "links nodejs/release/latest-hydrogen: leads to nodejs/release/v18.20.8, which is not in the bucket",
            "links nodejs/release/latest-v18.x: by the site's rules: - nodejs/release/latest-v18.x",
        ];
        Assert.All(expected, start => Assert.Contains(findings, finding => finding.StartsWith(start, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Verify_Under_OnlyThere()
    {
        await File.WriteAllTextAsync(Key("nodejs/release/v24.19.0/node-v24.19.0.pkg"), "other bytes", Token);

        var here = await _runner.RunAsync("verify", "--under", Version);
        var all = await _runner.RunAsync("verify", "--only", "checksums");
        var names = await _runner.RunAsync("verify", "--only", "checksums", "--quick");

        Assert.Equal((0, 1, 0), (here.ExitCode, all.ExitCode, names.ExitCode));
        Assert.Contains("; 0 bytes read", names.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_Findings_AreTold()
    {
        File.Delete(Key(Version + "node-v22.23.2.pkg"));
        await using var slack = await AlertStub.StartAsync();

        await _runner.RunAsync("verify", "--only", "checksums", "--quick", $"--Slack:WebhookUrl={slack.Webhook}");
        var told = slack.SlackCalls.Count;
        await _runner.RunAsync("verify", "--only", "checksums", "--quick", "--dry-run", $"--Slack:WebhookUrl={slack.Webhook}");

        Assert.Equal((1, 1), (told, slack.SlackCalls.Count));
        Assert.Contains("node-v22.23.2.pkg", slack.SlackCalls.Single().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_FindingsInTwoAreas_OverWhenBothWereLookedAtAgain()
    {
        var file = Key(Version + "node-v22.23.2.pkg");
        File.Move(file, file + ".lost");
        await using var slack = await AlertStub.StartAsync();
        string[] quietly = ["verify", "--quick", $"--Slack:WebhookUrl={slack.Webhook}"];
        Assert.Equal(1, (await _runner.RunAsync(quietly)).ExitCode);
        File.Move(file + ".lost", file);

        var first = await _runner.RunAsync([.. quietly, "--only", "checksums"]);
        var second = await _runner.RunAsync([.. quietly, "--only", "catalog"]);
        var third = await _runner.RunAsync([.. quietly, "--only", "index"]);

        Assert.Equal("The alert verification-failed stays open until this is verified as well: catalog whole, index whole\n", first.Error);
        Assert.Equal("The alert verification-failed stays open until this is verified as well: index whole\n", second.Error);
        Assert.Equal((0, ""), (third.ExitCode, third.Error));
        Assert.Equal(["Trouble", "Over"], slack.SlackCalls.Select(static call => ((string)call.Json["text"]!).Split(':')[0]));
    }

    [Theory]
    [InlineData("--only everything", "--only everything is none of checksums, catalog, index, links")]
    [InlineData("--replica 0", "--replica 0 is not there: Bucket:Replicas has 0")]
    [InlineData("--under nodejs/release", "--under must be a directory's key with a slash at its end, such as nodejs/release/v22.1.0/")]
    [InlineData("--cache --only links", "--cache goes with none of --replica, --only, --under")]
    [InlineData("--bytes-per-second 0", "--bytes-per-second and --requests-per-second must be above 0")]
    public async Task Verify_WrongOption_WrongUsage(string line, string expected)
    {
        var result = await _runner.RunAsync(["verify", .. line.Split(' ')]);

        Assert.Equal(2, result.ExitCode);
        Assert.Equal([expected], result.ErrorLines);
    }

    [Fact]
    public async Task Verify_Cache_DamagedFilesAndOthersThanTheBucketHas()
    {
        await KeepAsync(1, Version + "node-v22.23.2.pkg", static bytes => bytes);
        await KeepAsync(2, Version + "node-v22.23.2-headers.tar.gz", static bytes => [.. bytes[..^1], (byte)~bytes[^1]]);
        await KeepAsync(3, Version + "node-v22.23.2-x64.msi", static bytes => bytes);
        await File.WriteAllTextAsync(Key(Version + "node-v22.23.2-x64.msi"), "replaced, and not purged", Token);
        await KeepAsync(4, "nodejs/release/index.json", static bytes => bytes);
        await File.WriteAllTextAsync(Key("nodejs/release/index.json"), "[\n]\n", Token);

        var result = await _runner.RunAsync("verify", "--cache");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(
            [
                "cache:",
                $"  {Version}node-v22.23.2-headers.tar.gz: file 0000000000000002 has",
                $"  {Version}node-v22.23.2-x64.msi: is kept as",
            ],
            result.OutputLines.Take(3).Select(static line => string.Join(' ', line.Split(' ').Take(line.Contains("file", StringComparison.Ordinal) ? 6 : line.Contains("kept", StringComparison.Ordinal) ? 6 : 1))));
        Assert.Equal("2 findings", result.OutputLines[^1]);
    }

    private string Key(string key) => _runner.Folder.In("data/bucket/" + key);

    // As a node would have kept it, but with the bytes changed afterwards.
    private async Task KeepAsync(int number, string name, Func<byte[], byte[]> damage)
    {
        var content = await File.ReadAllBytesAsync(Key(name), Token);
        Assert.True(AssetKey.TryCreate(name, out var key));
        using var bucket = new FolderBucket(Key(""));
        var record = DiskRecord.Of($"{number:x16}", key, (await bucket.HeadAsync(key, Token))!, Convert.ToHexStringLower(SHA256.HashData(content)), DateTimeOffset.UnixEpoch);
        var directory = _runner.Folder.In("data/cache");
        var path = DiskTier.PathOf(directory, record.File!);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, damage(content), Token);
        await using var index = new FileStream(Path.Combine(directory, "index"), FileMode.Append);
        await index.WriteAsync(record.ToLine(), Token);
    }
}
