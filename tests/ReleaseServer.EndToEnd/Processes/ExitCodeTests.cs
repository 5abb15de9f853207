using System.Net;
using System.Net.Sockets;

namespace ReleaseServer.EndToEnd.Processes;

/// <summary>How the built program ends, and that it does so in words and not in a stack trace.</summary>
public sealed class ExitCodeTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("serve", "--Bucket:Kind=s3", "Bucket:Name")]
    [InlineData("", "--Site:PollInterval=2", "Site:PollInterval")]
    [InlineData("check", "--config=missing.json", "missing.json")]
    [InlineData("links", "--Bucket:Pth=x", "Bucket:Pth")]
    public async Task Run_BrokenSettings_78(string verb, string setting, string named)
    {
        var run = (await ServerAsync([.. Words(verb), setting])).Expect(78);

        Assert.Contains(named, run.Error, StringComparison.Ordinal);
        AssertInWords(run);
    }

    [Fact]
    public async Task Run_BadSiteData_78()
    {
        Directory.CreateDirectory(_home["site"]);
        await File.WriteAllTextAsync(_home["site/routes.json"], "{", TestContext.Current.CancellationToken);

        var run = (await ServerAsync("serve", "--Site:Path=site")).Expect(78);

        Assert.StartsWith("routes.json: line 1: is not JSON", run.Error, StringComparison.Ordinal);
        AssertInWords(run);
    }

    [Fact]
    public async Task Run_UnknownVerb_2()
    {
        var run = (await ServerAsync("srve")).Expect(2);

        Assert.Equal("Unrecognized command or argument 'srve'.\nRun with --help to see what there is.\n", run.Error);
    }

    [Fact]
    public async Task Links_FolderNotThere_1()
    {
        var run = (await ServerAsync("links")).Expect(1);

        Assert.Equal($"The bucket's directory {_home["data/bucket"]} is not there\n", run.Error);
    }

    [Fact]
    public async Task Check_NothingWrong_0()
    {
        var run = (await ServerAsync("check", "--offline")).Expect(0);

        Assert.Empty(run.Error);
    }

    [Theory]
    [InlineData("--Server:Urls", "--Server:AdminUrls")]
    [InlineData("--Server:AdminUrls", "--Server:Urls")]
    public async Task Serve_AddressInUse_1AndOneLineThatNamesIt(string taken, string free)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = $"http://{other.LocalEndpoint}";

        var run = (await ServeAsync($"{taken}={address}", $"{free}=http://127.0.0.1:0")).Expect(1);

        Assert.Equal(
            $"Failed to bind to address {address}: address already in use. Does another server run there? Other addresses: Server:Urls, Server:H2cUrls, Server:AdminUrls.\n",
            run.Error);
        AssertInWords(run);
    }

    [Theory]
    [InlineData("--Server:Urls", "--Server:AdminUrls")]
    [InlineData("--Server:AdminUrls", "--Server:Urls")]
    public async Task Serve_AddressOfAnotherMachine_1AndOneLineThatNamesIt(string foreign, string free)
    {
        // RFC 5737: no machine has an address of this block.
        var run = (await ServeAsync($"{foreign}=http://192.0.2.1:8080", $"{free}=http://127.0.0.1:0")).Expect(1);

        Assert.StartsWith("Cannot listen on http://192.0.2.1:8080: ", run.Error, StringComparison.Ordinal);
        AssertInWords(run);
    }

    private static void AssertInWords(CommandRun run)
    {
        Assert.DoesNotContain("   at ", run.Error + run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", run.Error + run.Output, StringComparison.Ordinal);
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    // With a bucket of its own, so that no sample has to be made first.
    private Task<CommandRun> ServeAsync(params string[] settings)
    {
        Directory.CreateDirectory(_home["bucket"]);
        return ServerAsync(["serve", "--Bucket:Path=bucket", .. settings]);
    }

    private Task<CommandRun> ServerAsync(params string[] arguments) =>
        CommandRun.StartAsync(Requirement.Program("dotnet"), _home.Path, [Repository.ServerAssembly, .. arguments]);
}
