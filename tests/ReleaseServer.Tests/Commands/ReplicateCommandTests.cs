using System.Text.Json;
using ReleaseServer.Buckets;
using ReleaseServer.Sample;

namespace ReleaseServer.Tests.Commands;

/// <summary>The verb <c>replicate</c>, from one folder to another.</summary>
public sealed class ReplicateCommandTests : IAsyncLifetime
{
    private readonly CommandRunner _runner = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_runner.Folder.In("data/bucket"));
        Directory.CreateDirectory(_runner.Folder.In("spare"));
        using (var bucket = new FolderBucket(_runner.Folder.In("data/bucket")))
        {
            await SampleTree.WriteAsync(bucket, Token);
        }

        await _runner.RunAsync("links");
        await _runner.RunAsync("catalog");
        _runner.Environment["Bucket__Replicas__0__Path"] = "spare";
    }

    public ValueTask DisposeAsync()
    {
        _runner.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Replicate_DryRunThenRunThenAgain_SaysWhatEachDoes()
    {
        var dry = await _runner.RunAsync("replicate", "--dry-run");
        var isUntouched = !Directory.EnumerateFiles(_runner.Folder.In("spare"), "*", SearchOption.AllDirectories).Any();
        var first = await _runner.RunAsync("replicate");
        var again = await _runner.RunAsync("replicate");
        var verified = await _runner.RunAsync("verify", "--replica", "0");

        Assert.True(isUntouched);
        Assert.Equal(101, dry.OutputLines.Count(static line => line[0] is '+' || line.StartsWith("and ", StringComparison.Ordinal)));
        Assert.EndsWith("nothing was (--dry-run)", dry.OutputLines[^1], StringComparison.Ordinal);
        Assert.StartsWith("folder {directory}/spare: generation 0 -> 2, ", Assert.Single(first.OutputLines), StringComparison.Ordinal);
        Assert.Equal(["folder {directory}/spare: generation 2, nothing to do"], again.OutputLines);
        Assert.Equal((0, 0, 0, 0), (dry.ExitCode, first.ExitCode, again.ExitCode, verified.ExitCode));
        Assert.Equal("Everything agrees", verified.OutputLines[^1]);
    }

    [Fact]
    public async Task Replicate_OneReplicaFails_TheOtherIsInLineAndTheFailureIsSaid()
    {
        _runner.Environment["Bucket__Replicas__1__Path"] = "not-there";
        _runner.Environment["Bucket__Replicas__2__Path"] = "spare2";
        Directory.CreateDirectory(_runner.Folder.In("spare2"));

        var result = await _runner.RunAsync("replicate", "--json");

        Assert.Equal((1, ""), (result.ExitCode, result.Error));
        var replicas = JsonDocument.Parse(result.Output).RootElement.GetProperty("replicas").EnumerateArray().ToList();
        Assert.Equal([2, 2], replicas.Where(static row => row.TryGetProperty("after", out _)).Select(static row => row.GetProperty("after").GetInt32()));
        Assert.Contains("not-there", replicas[1].GetProperty("trouble").GetString(), StringComparison.Ordinal);
        Assert.True(File.Exists(_runner.Folder.In("spare2/.release-server/generation.json")));
    }

    [Theory]
    [InlineData("--replica 1", "--replica 1 is not there: Bucket:Replicas has 1")]
    [InlineData("--watch --json", "--watch goes with neither --dry-run nor --json")]
    [InlineData("--metrics-file x", "--metrics-file goes with --watch")]
    [InlineData("--bytes-per-second 0", "--bytes-per-second must be above 0")]
    public async Task Replicate_WrongOption_WrongUsage(string line, string expected)
    {
        var result = await _runner.RunAsync(["replicate", .. line.Split(' ')]);

        Assert.Equal(2, result.ExitCode);
        Assert.Equal([expected], result.ErrorLines);
    }

    [Fact]
    public async Task Replicate_NoReplica_WrongUsage()
    {
        _runner.Environment.Remove("Bucket__Replicas__0__Path");

        var result = await _runner.RunAsync("replicate");

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(["There is nothing to replicate to: Bucket:Replicas has 0"], result.ErrorLines);
    }
}
