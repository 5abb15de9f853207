using System.Globalization;
using ReleaseServer.Buckets;
using ReleaseServer.Testing.Server;

namespace ReleaseServer.Tests.Commands;

/// <summary>Two nodes that count, and the command that makes tables of it.</summary>
public sealed class StatisticsCommandTests : IDisposable
{
    private const string Linux = "/dist/v1.0.0/node-v1.0.0-linux-x64.tar.gz";
    private const string Source = "/dist/v1.0.0/node-v1.0.0.tar.gz";

    private readonly CommandRunner _runner = new();

    public StatisticsCommandTests()
    {
        _runner.Folder.Write("bucket/nodejs/release/v1.0.0/node-v1.0.0-linux-x64.tar.gz", "0123456789");
        _runner.Folder.Write("bucket/nodejs/release/v1.0.0/node-v1.0.0.tar.gz", "01234");
        _runner.Folder.Write("bucket/nodejs/release/v1.0.0/SHASUMS256.txt", "checksums");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _runner.Dispose();

    [Fact]
    public async Task TwoNodes_WithARestart_EveryDownloadIsCountedOnce()
    {
        await using var one = await StartAsync("one");
        var two = await StartAsync("two");
        await DownloadAsync(one, Linux, 3, "CF-IPCountry: DE");
        await DownloadAsync(two, Linux, 2, "CF-IPCountry: US");
        await RunAsync(one, two);
        await two.StopAsync(Token);
        await two.DisposeAsync();
        await using var again = await StartAsync("two");
        await DownloadAsync(again, Linux, 1, "CF-IPCountry: US");
        await DownloadAsync(again, Source, 4);
        await DownloadAsync(again, "/dist/v1.0.0/SHASUMS256.txt", 4);
        await again.AskAsync("HEAD", Linux, Token);
        Assert.Equal(206, (await again.AskAsync("GET", Linux, Token, "Range: bytes=0-3")).Status);
        await again.AskAsync("GET", Linux, Token, "If-None-Match: *");

        var result = await RunAsync(one, again);

        Assert.Contains("2 nodes asked, 1 day changed", result.Output, StringComparison.Ordinal);
        var day = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        Assert.Equal(
            $"""
            channel,version,platform,country,downloads,bytes
            release,v1.0.0,linux-x64,,0,4
            release,v1.0.0,linux-x64,DE,3,30
            release,v1.0.0,linux-x64,US,3,30
            release,v1.0.0,source,,4,20

            """,
            Read($"days/{day}.csv"));
        Assert.Equal($"day,downloads,bytes\n{day},10,84\n", Read("total.csv"));
        Assert.Equal($"day,platform,downloads,bytes\n{day},linux-x64,6,64\n{day},source,4,20\n", Read("platform.csv"));
        Assert.Contains($"{day},unknown,4,24\n", Read("country.csv"), StringComparison.Ordinal);
        Assert.Contains("\"downloads\": 10", Read("downloads.json"), StringComparison.Ordinal);
        var page = Read("index.html");
        Assert.Contains("10 files", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", page + Read("downloads.json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Again_NothingNew_NothingIsWritten()
    {
        await using var node = await StartAsync("one");
        await DownloadAsync(node, Linux, 1);
        await RunAsync(node);

        Assert.Contains("0 days changed, 0 files written", (await RunAsync(node)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Catalog_Published_ListsTheNewFilesAndServesThem()
    {
        await RunAsync("catalog");
        await using var node = await StartAsync("one");
        await DownloadAsync(node, Linux, 1);
        Assert.Equal(404, (await node.AskAsync("GET", "/metrics/downloads/total.csv", Token)).Status);

        await RunAsync(node);
        await node.RefreshSiteAsync(Token);

        Assert.Equal(200, (await node.AskAsync("GET", "/metrics/downloads/total.csv", Token)).Status);
        Assert.Equal(200, (await node.AskAsync("GET", "/metrics/downloads/", Token)).Status);
    }

    [Fact]
    public async Task NodeAway_OthersAreCountedAndTheCommandSaysSo()
    {
        await using var node = await StartAsync("one");
        await DownloadAsync(node, Linux, 1);

        var result = await RunAsync("statistics", "--node", AddressOf(node), "--node", "http://127.0.0.1:9");

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("http://127.0.0.1:9 was not counted:", result.Error, StringComparison.Ordinal);
        Assert.Contains(",1,10\n", Read("total.csv"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DirectoryOfAnotherProcess_TellsNothing()
    {
        await using var node = await StartAsync("one");
        await DownloadAsync(node, Linux, 2);
        await using var second = await StartAsync("one");
        await DownloadAsync(second, Linux, 1);

        await RunAsync(node, second);

        Assert.Contains(",2,20\n", Read("total.csv"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("statistics")]
    [InlineData("statistics", "--node", "127.0.0.1")]
    public async Task NoNode_OrNone_IsWrongUsage(params string[] args) => Assert.Equal(2, (await RunAsync(args)).ExitCode);

    private static string AddressOf(RunningServer node) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{node.AdminPort}");

    private static async Task DownloadAsync(RunningServer node, string path, int times, params string[] fields)
    {
        for (var i = 0; i < times; i++)
        {
            Assert.Equal(200, (await node.AskAsync("GET", path, Token, fields)).Status);
        }
    }

    private Task<RunningServer> StartAsync(string name) => RunningServer.StartAsync(
        new FolderBucket(_runner.Folder.In("bucket"), TimeProvider.System),
        Token,
        configure: settings =>
        {
            settings.Downloads.Path = _runner.Folder.In(name);
            settings.Downloads.CountryField = "CF-IPCountry";
            (settings.Cache.Enabled, settings.Cache.Path) = (true, "");
        });

    private async Task<CommandResult> RunAsync(params RunningServer[] nodes)
    {
        var result = await RunAsync(["statistics", .. nodes.SelectMany(static node => new[] { "--node", AddressOf(node) })]);
        Assert.True(result.ExitCode == 0, result.Error);
        return result;
    }

    private Task<CommandResult> RunAsync(params string[] args) => _runner.RunAsync([.. args, $"--Bucket:Path={_runner.Folder.In("bucket")}"]);

    private string Read(string name) => File.ReadAllText(_runner.Folder.In($"bucket/metrics/downloads/{name}"));
}
