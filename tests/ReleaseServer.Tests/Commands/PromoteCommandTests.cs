using System.Text.Json;
using ReleaseServer.Buckets;
using ReleaseServer.Sample;
using ReleaseServer.Tests.Releases;

namespace ReleaseServer.Tests.Commands;

/// <summary>The verbs <c>promote</c>, <c>rollback</c>, <c>withdraw</c> and <c>audit</c>, on folders.</summary>
public sealed class PromoteCommandTests : IAsyncLifetime
{
    private readonly CommandRunner _runner = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _runner.Environment["Site__PollInterval"] = "100ms";
        Directory.CreateDirectory(_runner.Folder.In("data/bucket"));
        Directory.CreateDirectory(_runner.Folder.In("data/staging"));
        using (var bucket = new FolderBucket(_runner.Folder.In("data/bucket")))
        {
            await SampleTree.WriteAsync(bucket, Token);
        }

        await _runner.RunAsync("links");
        await _runner.RunAsync("catalog");
        await StageAsync(PromotionOfTest.Version("v26.8.0"));
    }

    public ValueTask DisposeAsync()
    {
        _runner.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Promote_AndBack_LinesAndCodes()
    {
        var dry = await _runner.RunAsync("promote", "26.8.0", "--dry-run");
        var done = await _runner.RunAsync("promote", "v26.8.0");
        var again = await _runner.RunAsync("promote", "v26.8.0");
        var back = await _runner.RunAsync("rollback", "v26.8.0", "--reason", "drill");
        var audit = await _runner.RunAsync("audit");

        Assert.Equal((0, 0, 0, 0, 0), (dry.ExitCode, done.ExitCode, again.ExitCode, back.ExitCode, audit.ExitCode));
        Assert.Contains("~ nodejs/release/latest -> nodejs/release/v26.8.0 (was nodejs/release/v26.7.0)", dry.OutputLines);
        Assert.Contains("nothing was written (--dry-run)", dry.OutputLines[^1], StringComparison.Ordinal);
        Assert.EndsWith("; published as generation 4, 2 before", done.OutputLines[^1], StringComparison.Ordinal);
        Assert.Equal("v26.8.0 is published already; nothing has changed", again.OutputLines[^1]);
        Assert.Contains("hidden: nodejs/release/v26.8.0/", back.OutputLines);
        Assert.Equal("Back to generation 3, published as generation 5, 4 before", back.OutputLines[^1]);
        Assert.Contains("promote v26.8.0: generation 2 -> 4, purge ", audit.OutputLines[0], StringComparison.Ordinal);
        Assert.EndsWith("rollback v26.8.0: generation 4 -> 5, purge 2 (drill)", audit.OutputLines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promote_Json_OneObjectWhateverHappened()
    {
        var good = await _runner.RunAsync("promote", "v26.8.0", "--dry-run", "--json");
        File.Delete(_runner.Folder.In("data/staging/nodejs/release/v26.8.0/win-x64/node.exe"));
        var bad = await _runner.RunAsync("promote", "v26.8.0", "--json");

        using var first = JsonDocument.Parse(good.Output);
        using var second = JsonDocument.Parse(bad.Output);
        Assert.Equal((0, 1), (good.ExitCode, bad.ExitCode));
        Assert.Empty(first.RootElement.GetProperty("faults").EnumerateArray());
        Assert.Equal(
            ["win-x64/node.exe: is missing; v26.7.0 has it (--without win-x64/node.exe)", "win-x64/node.exe: is in SHASUMS256.txt and not in staging"],
            second.RootElement.GetProperty("faults").EnumerateArray().Select(static fault => fault.GetString()).Order(StringComparer.Ordinal).Reverse());
        Assert.Equal("v26.8.0 was refused for 2 faults; nothing was written", bad.ErrorLines[^1]);
    }

    [Fact]
    public async Task PromoteAuto_Nightlies_WholeOnesOldestFirstAndBrokenOnesAreTold()
    {
        await StageAsync(PromotionOfTest.Version("v27.0.0-nightly20260822bb", "nightly"));
        await StageAsync(PromotionOfTest.Version("v27.0.0-nightly20260821aa", "nightly"));
        await StageAsync(PromotionOfTest.Version("v27.0.0-nightly20260823cc", "nightly"));
        await File.AppendAllTextAsync(_runner.Folder.In("data/staging/nodejs/nightly/v27.0.0-nightly20260823cc/win-x64/node.exe"), "more", Token);

        var first = await _runner.RunAsync("promote", "--auto", "--channel", "nightly");
        Directory.Delete(_runner.Folder.In("data/staging/nodejs/nightly/v27.0.0-nightly20260823cc"), recursive: true);
        var second = await _runner.RunAsync("promote", "--auto", "--channel", "nightly");

        Assert.Equal((1, 0), (first.ExitCode, second.ExitCode));
        Assert.Equal(
            ["v27.0.0-nightly20260821aa", "v27.0.0-nightly20260822bb"],
            first.OutputLines.Where(static line => line.Contains("published as generation", StringComparison.Ordinal)).Select(static line => line.Split(':')[0]));
        Assert.Contains(first.ErrorLines, static line => line.StartsWith("win-x64/node.exe: has the sha256 ", StringComparison.Ordinal));
        Assert.Equal("Nothing new of nightly in folder {directory}/data/staging", second.OutputLines[^1]);
    }

    [Theory]
    [InlineData("promote", "Name a version, or give --auto")]
    [InlineData("promote --auto", "--auto needs --channel")]
    [InlineData("promote --auto v26.8.0 --channel release", "--auto promotes what is complete; a version is promoted without it")]
    [InlineData("promote v26.8.0 --channel releases", "--channel releases is none of release, nightly, rc, test, v8-canary")]
    [InlineData("promote v26.8.0 --channel nightly", "v26.8.0 is no version of the channel nightly")]
    [InlineData("promote v26.8.0 --replace x", "--replace needs --reason: published files do not change, and whoever finds that one did wants to know why")]
    [InlineData("promote v26.8.0 --replace x --reason y", "--replace changes the published bytes of x: say --yes")]
    [InlineData("promote v26.8.0 --node nowhere", "--node must be the admin address of a node, such as http://10.0.0.5:8081")]
    [InlineData("rollback", "Name either a version or --to GENERATION")]
    [InlineData("rollback v26.8.0 --to 3", "Name either a version or --to GENERATION")]
    [InlineData("withdraw v26.7.0", "The files of v26.7.0 would be deleted: say --yes, or --keep-files; --dry-run shows what would change")]
    [InlineData("audit --last 0", "--last must be 1 or more")]
    public async Task Run_WrongUsage_OneLineAndNothingDone(string line, string expected)
    {
        var before = Directory.GetFiles(_runner.Folder.Path, "*", SearchOption.AllDirectories).Length;

        var result = await _runner.RunAsync(line.Split(' '));

        Assert.Equal((2, expected), (result.ExitCode, string.Join('\n', result.ErrorLines)));
        Assert.Equal(before, Directory.GetFiles(_runner.Folder.Path, "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task Links_AfterARollback_LeaveOutWhatIsHidden()
    {
        await _runner.RunAsync("promote", "v26.8.0");
        await _runner.RunAsync("rollback", "v26.8.0");

        var links = await _runner.RunAsync("links");
        var index = await _runner.RunAsync("index", "--channel", "release");

        Assert.EndsWith("; nothing has changed", links.OutputLines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("v26.8.0", index.Output, StringComparison.Ordinal);
    }

    private async Task StageAsync(SampleVersion version)
    {
        using var staging = new FolderBucket(_runner.Folder.In("data/staging"));
        var assets = SampleAssets.Of(version).ToList();
        foreach (var file in assets.Concat(SampleDocs.Of(version)).Append(SampleAssets.ChecksumsOf(assets)))
        {
            Assert.True(AssetKey.TryCreate($"{version.Directory}/{file.Name}", out var key));
            await staging.WriteAsync(key, file.Content, new ObjectAttributes(Modified: version.Released), WriteCondition.None, Token);
        }
    }
}
