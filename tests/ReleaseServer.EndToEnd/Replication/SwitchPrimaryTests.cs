using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ReleaseServer.EndToEnd.Processes;

namespace ReleaseServer.EndToEnd.Replication;

/// <summary>The drill of <c>docs/sops/switch-primary.md</c>: the primary is lost, its replica takes its place.</summary>
public sealed class SwitchPrimaryTests : IDisposable
{
    /// <summary>What is promised.</summary>
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _home = new();
    private readonly HttpClient _http = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Primary => Path.Combine(_home.Path, "data", "bucket");

    private string Spare => Path.Combine(_home.Path, "spare");

    private string[] WithReplica => ["--Bucket:Replicas:0:Kind=folder", $"--Bucket:Replicas:0:Path={Spare}"];

    public void Dispose()
    {
        _http.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task Switch_PrimaryLost_TheSpareIsPublishedToAndEveryFileVerifies()
    {
        Directory.CreateDirectory(Spare);
        await MakeSampleAsync();
        (await ServerProcess.RunAsync("replicate", _home.Path, WithReplica)).Expect(0);

        var node = await ServerProcess.StartAsync(_home.Path, [$"--Bucket:Path={Primary}", "--Cache:Enabled=false", .. WithReplica]);
        await using (node)
        {
            Directory.Move(Primary, Primary + ".lost");

            // Nobody notices: the replica answers.
            Assert.NotEmpty(await GetAsync(node, "dist/latest/SHASUMS256.txt"));
        }

        var watch = Stopwatch.StartNew();
        await using var switched = await ServerProcess.StartAsync(_home.Path, $"--Bucket:Path={Spare}");
        var files = await VerifyAsync(switched);
        var links = await ServerProcess.RunAsync("links", _home.Path, $"--Bucket:Path={Spare}");
        var elapsed = watch.Elapsed;

        Assert.True(files > 100, $"only {files} files were verified");
        Assert.Contains("nothing has changed", links.Expect(0).Output, StringComparison.Ordinal);
        Assert.True(elapsed < Promised, $"the switch took {elapsed}");
        Assert.EndsWith("Everything agrees\n", (await ServerProcess.RunAsync("verify", _home.Path, $"--Bucket:Path={Spare}")).Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Switch_OldPrimaryComesBack_NothingOfItIsCopiedOverTheNewOne()
    {
        Directory.CreateDirectory(Spare);
        await MakeSampleAsync();
        (await ServerProcess.RunAsync("replicate", _home.Path, WithReplica)).Expect(0);
        Directory.Delete(Path.Combine(Spare, "nodejs", "rc"), recursive: true);
        (await ServerProcess.RunAsync("catalog", _home.Path, $"--Bucket:Path={Spare}")).Expect(0);

        var refused = await ServerProcess.RunAsync("replicate", _home.Path, WithReplica);

        Assert.Contains("has it been made the primary?", refused.Expect(1).Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Spare, "nodejs", "rc")));
    }

    // The first start makes it, with links and catalog.
    private async Task MakeSampleAsync()
    {
        await using var node = await ServerProcess.StartAsync(_home.Path);
        Assert.NotEmpty(await GetAsync(node, "dist/index.json"));
    }

    private async Task<int> VerifyAsync(ServerProcess node)
    {
        var files = 0;
        foreach (var version in JsonDocument.Parse(await GetAsync(node, "dist/index.json")).RootElement.EnumerateArray())
        {
            var directory = $"dist/{version.GetProperty("version").GetString()}/";
            foreach (var line in Encoding.UTF8.GetString(await GetAsync(node, directory + "SHASUMS256.txt")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var (sum, name) = (line[..64], line[66..]);
                Assert.Equal(sum, Convert.ToHexStringLower(SHA256.HashData(await GetAsync(node, directory + name))));
                files++;
            }
        }

        return files;
    }

    private Task<byte[]> GetAsync(ServerProcess node, string path) => _http.GetByteArrayAsync(new Uri(node.BaseAddress, path), Token);
}
