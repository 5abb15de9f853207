using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.EndToEnd.Sites;

namespace ReleaseServer.EndToEnd.Origin;

/// <summary>The bucket's directory is moved away under the running server, and nginx answers in its place; curl must not notice.</summary>
public sealed class OriginTests : IAsyncLifetime
{
    private const string Token = "a-token-of-some-length";
    private const string Directory = "/download/test/v26.0.0-test1";

    private readonly TemporaryDirectory _home = new();
    private NginxProcess? _nginx;
    private ServerProcess? _server;

    private string Bucket => _home["bucket"];

    private string Address => _server!.BaseAddress.GetLeftPart(UriPartial.Authority);

    private string Admin => _server!.AdminAddress.GetLeftPart(UriPartial.Authority);

    public async ValueTask InitializeAsync()
    {
        try
        {
            await StartAsync();
        }
        catch (RequirementMissingException exception)
        {
            Requirement.Missing(exception.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await (_server?.DisposeAsync() ?? default);
        await (_nginx?.DisposeAsync() ?? default);
        _home.Dispose();
    }

    [Fact]
    public async Task BucketAway_EachKindOfRequest_AnsweredByNginxInOurForm()
    {
        var whole = await ReadAsync(ReleaseTree.LargeFile, "-D", "head");
        var head = await File.ReadAllTextAsync(_home["head"], TestContext.Current.CancellationToken);
        Assert.Equal(await SourceAsync(ReleaseTree.LargeFile), whole);
        Assert.Contains("Cache-Status: ReleaseServer; fwd=uri-miss; fwd-status=200; detail=origin\r\n", head, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Content-Type: application/gzip\r\n", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("nginx", head, StringComparison.OrdinalIgnoreCase);

        Assert.Equal(whole[1_000..2_000], await ReadAsync(ReleaseTree.LargeFile, "-r", "1000-1999"));
        await File.WriteAllBytesAsync(_home["resumed"], whole[..1_000_003], TestContext.Current.CancellationToken);
        (await CurlAsync(ReleaseTree.LargeFile, "-f", "--compressed", "-C", "-", "-o", "resumed")).Expect(0);
        Assert.Equal(whole, await File.ReadAllBytesAsync(_home["resumed"], TestContext.Current.CancellationToken));

        (await CurlAsync(ReleaseTree.LargeFile, "-R", "--etag-save", "tag", "-o", "file")).Expect(0);
        Assert.Equal("304", (await CurlAsync(ReleaseTree.LargeFile, "--etag-compare", "tag", "-o", "again", "-w", "%{http_code}")).Output);
        Assert.Equal("304", (await CurlAsync(ReleaseTree.LargeFile, "-z", "file", "-o", "again", "-w", "%{http_code}")).Output);
        Assert.Equal($"200 {whole.Length}", (await CurlAsync(ReleaseTree.LargeFile, "-I", "-o", "again", "-w", "%{http_code} %header{content-length}")).Output);

        var redirect = await CurlAsync(Directory + "?a=b", "-o", "again", "-w", "%{http_code} %{redirect_url}");
        Assert.Equal($"301 {Address}{Directory}/?a=b", redirect.Output);
        Assert.Equal("404", (await CurlAsync("/dist/missing", "-o", "again", "-w", "%{http_code}")).Output);
    }

    [Theory]
    [InlineData(Directory + "/")]
    [InlineData(ReleaseTree.AwkwardDirectory)]
    [InlineData("/dist/latest/SHASUMS256.txt")]
    [InlineData("/dist//index.json")]
    [InlineData("/download/test/awkward/percent%2541.txt")]
    [InlineData("/download/test/awkward/hash%23and%3Fquestion.txt?query")]
    public async Task BucketAway_Path_SameBytesAsFromNginx(string path)
    {
        var direct = await CommandRun.StartAsync(
            Requirement.Program("curl"), _home.Path, ["-sS", "-f", "--path-as-is", "-o", "direct", _nginx!.BaseAddress.GetLeftPart(UriPartial.Authority) + path]);
        direct.Expect(0);

        Assert.Equal(await File.ReadAllBytesAsync(_home["direct"], TestContext.Current.CancellationToken), await ReadAsync(path));
    }

    [Fact]
    public async Task OriginSwitchedOff_ThenOn_503AndAnsweredAgain()
    {
        (await SwitchAsync("off")).Expect(0);
        Assert.Equal("503", (await CurlAsync("/dist/index.json", "-o", "again", "-w", "%{http_code}")).Output);

        (await SwitchAsync("origin-first")).Expect(0);
        Assert.Equal("200", (await CurlAsync("/dist/index.json", "-o", "again", "-w", "%{http_code}")).Output);

        System.IO.Directory.Move(Bucket + "-away", Bucket);
        await _nginx!.DisposeAsync();
        _nginx = null;

        // Another file: that the bucket failed with the first is remembered for a second.
        Assert.Equal("200", (await CurlAsync("/dist/index.tab", "-o", "again", "-w", "%{http_code}")).Output);
    }

    private async Task StartAsync()
    {
        Requirement.Program("curl");
        var tree = await ReleaseTree.GetAsync();
        ReleaseTree.Copy(tree, Bucket);
        SymlinkedTree.Create(tree, _home["tree"]);
        _nginx = await NginxProcess.StartAsync(System.IO.Directory.CreateDirectory(_home["nginx"]).FullName, _home["tree"]);
        string[] settings =
        [
            "--Bucket:Kind=folder",
            $"--Bucket:Path={Bucket}",
            $"--Origin:Urls={_nginx.BaseAddress.GetLeftPart(UriPartial.Authority)}",
            "--Origin:HealthPath=/traffic-manager",
            "--Origin:AnswerTimeout=10s",
            $"--Admin:Token={Token}",
        ];
        (await ServerProcess.RunAsync("links", _home.Path, settings)).Expect(0);
        (await ServerProcess.RunAsync("catalog", _home.Path, settings)).Expect(0);
        _server = await ServerProcess.StartAsync(_home.Path, settings);
        System.IO.Directory.Move(Bucket, Bucket + "-away");
    }

    private Task<CommandRun> SwitchAsync(string order) => CommandRun.StartAsync(
        Requirement.Program("curl"), _home.Path, ["-fsS", "-X", "POST", "-H", $"Authorization: Bearer {Token}", $"{Admin}/origin/order?value={order}"]);

    private async Task<byte[]> ReadAsync(string path, params string[] options)
    {
        (await CurlAsync(path, [.. options, "-f", "-o", "read"])).Expect(0);
        return await File.ReadAllBytesAsync(_home["read"], TestContext.Current.CancellationToken);
    }

    private Task<CommandRun> CurlAsync(string path, params string[] options) =>
        CommandRun.StartAsync(Requirement.Program("curl"), _home.Path, ["-sS", "--path-as-is", .. options, Address + path]);

    private static async Task<byte[]> SourceAsync(string path) => await File.ReadAllBytesAsync(
        Path.Combine(await ReleaseTree.GetAsync(), "nodejs", path["/download/".Length..]), TestContext.Current.CancellationToken);
}
