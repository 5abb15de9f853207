using System.Text.Json;
using ReleaseServer.Buckets;
using ReleaseServer.Sample;

namespace ReleaseServer.Tests.Commands;

/// <summary>The verb <c>index</c>, on the sample tree as a folder.</summary>
public sealed class IndexCommandTests : IAsyncLifetime
{
    private const string NewVersion = "nodejs/release/v26.8.0";

    private readonly CommandRunner _runner = new();

    private string Release => _runner.Folder.In("data/bucket/nodejs/release");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_runner.Folder.In("data/bucket"));
        using var bucket = new FolderBucket(_runner.Folder.In("data/bucket"));
        await SampleTree.WriteAsync(bucket, TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _runner.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Index_NothingNew_WritesNothing()
    {
        var before = await ReadAsync();

        var result = await _runner.RunAsync("index");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(
            [
                "nodejs/release: 11 versions, 0 read; nothing has changed",
                "nodejs/nightly: 1 version, 0 read; nothing has changed",
                "nodejs/rc: 1 version, 0 read; nothing has changed",
            ],
            result.OutputLines);
        Assert.Equal(before, await ReadAsync());
        Assert.False(File.Exists(_runner.Folder.In("data/bucket/.release-server/generation.json")));
    }

    [Fact]
    public async Task Index_NewVersion_DryRunShowsItAndTheRunWritesIt()
    {
        AddVersion();
        var before = await ReadAsync();

        var dry = await _runner.RunAsync("index", "--channel", "release", "--security", "v26.8.0", "--dry-run");
        var untouched = await ReadAsync();
        var wet = await _runner.RunAsync("index", "--channel", "release", "--security", "v26.8.0");

        Golden.Equal("index-dry-run.txt", dry.Output);
        Assert.Equal(before, untouched);
        Assert.Equal((0, ""), (wet.ExitCode, wet.Error));
        Assert.Contains("nodejs/release: 12 versions, 1 read; index.json and index.tab written", wet.OutputLines);
        var lines = (await ReadAsync()).Json.Split('\n');
        Assert.StartsWith("""{"version":"v26.8.0","date":"2026-08-20",""", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(",\"modules\":\"147\",\"lts\":false,\"security\":true},", lines[1], StringComparison.Ordinal);
        Assert.Equal(before.Json.Split('\n')[1..], lines[2..]);
    }

    [Fact]
    public async Task Index_WithACatalog_ListsTheNewIndexAndPurgesTheOldOne()
    {
        await _runner.RunAsync("catalog");
        AddVersion();

        await _runner.RunAsync("index");

        Assert.Equal(0, (await _runner.RunAsync("catalog", "--check")).ExitCode);
        var purges = Directory.GetFiles(_runner.Folder.In("data/bucket/.release-server/purges")).Select(File.ReadAllText).ToList();
        Assert.Contains(purges, static text => text.Contains("nodejs/release/index.json", StringComparison.Ordinal) && text.Contains("nodejs/release/index.tab", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Index_Refused_EveryFaultOnStandardErrorAndNothingWritten()
    {
        var before = await ReadAsync();
        Directory.Delete(Path.Combine(Release, "v20.20.2"), recursive: true);
        Directory.Delete(Path.Combine(Release, "v4.9.1"), recursive: true);

        var result = await _runner.RunAsync("index", "--channel", "release");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(2, result.ErrorLines.Count);
        Assert.All(result.ErrorLines, static line => Assert.Contains("is in index.json, but the bucket has no directory", line, StringComparison.Ordinal));
        Assert.Equal("nodejs/release: refused for 2 faults; nothing was written", result.OutputLines[^1]);
        Assert.Equal(before, await ReadAsync());
    }

    [Fact]
    public async Task Index_Json_OneObject()
    {
        AddVersion();
        Directory.Delete(Path.Combine(Release, "v4.9.1"), recursive: true);

        var result = await _runner.RunAsync("index", "--json", "--fact", "v22.23.2:security=false");

        Assert.Equal((1, ""), (result.ExitCode, result.Error));
        var release = JsonDocument.Parse(result.Output).RootElement.GetProperty("channels")[0];
        Assert.Equal("nodejs/release", release.GetProperty("channel").GetString());
        Assert.Equal(["added", "changed"], release.GetProperty("changes").EnumerateArray().Take(2).Select(static change => change.GetProperty("change").GetString()));
        Assert.Single(release.GetProperty("faults").EnumerateArray());
        Assert.Empty(release.GetProperty("written").EnumerateArray());
    }

    [Theory]
    [InlineData("--channel releases", "--channel releases is none of release, nightly, rc, test, v8-canary")]
    [InlineData("--fact v22.1.0", "--fact v22.1.0 is no fact, such as v22.1.0:security=true or v22.1.0:npm=10.9.8")]
    [InlineData("--fact v22.1.0:npn=10", "--fact v22.1.0:npn=10 is no fact, such as v22.1.0:security=true or v22.1.0:npm=10.9.8")]
    [InlineData("--security 22.1.0", "22.1.0 is the name of no version of any channel")]
    public async Task Index_WrongOption_WrongUsage(string line, string expected)
    {
        var result = await _runner.RunAsync(["index", .. line.Split(' ')]);

        Assert.Equal(2, result.ExitCode);
        Assert.Equal([expected], result.ErrorLines);
    }

    private void AddVersion()
    {
        var version = new SampleVersion(
            "v26.8.0", "2026-08-20", "11.17.0", "14.6.202.40", "1.52.2", "1.3.2", "3.5.8", "147", null, true, ["linux-x64"]);
        var assets = SampleAssets.Of(version).ToList();
        foreach (var asset in assets.Append(SampleAssets.ChecksumsOf(assets)))
        {
            var path = _runner.Folder.In($"data/bucket/{NewVersion}/{asset.Name}");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, asset.Content);
            File.SetLastWriteTimeUtc(path, version.Released.UtcDateTime);
        }
    }

    private async Task<(string Json, string Tab)> ReadAsync() => (
        await File.ReadAllTextAsync(Path.Combine(Release, "index.json"), TestContext.Current.CancellationToken),
        await File.ReadAllTextAsync(Path.Combine(Release, "index.tab"), TestContext.Current.CancellationToken));
}
