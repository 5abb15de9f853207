using System.Security.Cryptography;
using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.EndToEnd.Sites;

namespace ReleaseServer.EndToEnd.Clients;

/// <summary>The calls that nvm makes of curl, flag for flag. nvm itself refuses a mirror with a port.</summary>
public abstract class NvmLikeTests(ReleaseSite site) : ClientTests(site)
{
    private const int HttpError = 22;

    [Fact]
    public async Task ListRemote_IndexTab_ElevenColumnsAndCodenames()
    {
        var rows = (await RunCurlAsync(IndexTab, "-o", "-")).Expect(0).Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(row => row.Split('\t'))
            .ToArray();

        Assert.All(rows, row => Assert.Equal(11, row.Length));
        Assert.Equal("version", rows[0][0]);
        Assert.Equal("-", Assert.Single(rows, row => row[0] == Latest)[9]);
        Assert.Equal("Jod", Assert.Single(rows, row => row[0] == Version)[9]);
    }

    [Fact]
    public async Task Install_Version_ChecksumHoldsAndNodeRuns()
    {
        var archive = Archive(Version, "xz");
        var name = Path.GetFileName(archive);

        var sums = (await RunCurlAsync($"/dist/{Version}/SHASUMS256.txt", "-o", "-")).Expect(0).Output;
        (await RunAsync("curl", "--fail", "--compressed", "-q", "-C", "-", "--progress-bar", Address + archive, "-o", name)).Expect(0);

        var sum = Convert.ToHexStringLower(
            SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(Home, name), TestContext.Current.CancellationToken)));
        Assert.Contains($"{sum}  {name}\n", sums, StringComparison.Ordinal);
        (await RunAsync("tar", "-xJf", name, "--strip-components", "1")).Expect(0);
        var node = await CommandRun.StartAsync(Path.Combine(Home, "bin", "node"), Home, ["--version"]);
        Assert.Equal(Version, node.Expect(0).Output.Trim());
    }

    [Fact]
    public async Task Install_BrokenOff_ResumedToTheSameBytes()
    {
        var archive = Archive(Version, "xz");
        await LeavePartAsync(archive, "archive", 100);

        (await RunAsync("curl", "--fail", "--compressed", "-q", "-C", "-", "--progress-bar", Address + archive, "-o", "archive")).Expect(0);

        await AssertSameAsync(archive, "archive");
    }

    [Fact]
    public async Task Install_AbsentVersion_ErrorThatNvmRecognises()
    {
        var run = (await RunCurlAsync("/dist/v22.99.0/SHASUMS256.txt", "-o", "-")).Expect(HttpError);

        Assert.Empty(run.Output);
    }

    private Task<CommandRun> RunCurlAsync(string path, params string[] options) =>
        RunAsync("curl", ["--fail", "--compressed", "-q", "-s", Address + path, .. options]);
}

[Collection(nameof(NginxSite))]
public sealed class NvmLikeOnNginxTests(NginxSite site) : NvmLikeTests(site);

[Collection(nameof(FolderSite))]
public sealed class NvmLikeOnFolderTests(FolderSite site) : NvmLikeTests(site);

[Collection(nameof(S3Site))]
public sealed class NvmLikeOnS3Tests(S3Site site) : NvmLikeTests(site);
