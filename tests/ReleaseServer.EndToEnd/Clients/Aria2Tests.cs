using System.Security.Cryptography;
using ReleaseServer.EndToEnd.Sites;

namespace ReleaseServer.EndToEnd.Clients;

/// <summary>aria2: one file over several connections.</summary>
public abstract class Aria2Tests(ReleaseSite site) : ClientTests(site)
{
    private static readonly string[] Options =
        ["--no-conf", "--disable-ipv6", "--console-log-level=warn", "--summary-interval=0", "-x4", "-s4", "--min-split-size=1M"];

    [Fact]
    public async Task Download_FourConnections_ChecksumHolds()
    {
        var sum = Convert.ToHexStringLower(SHA256.HashData(await ContentAsync(ReleaseTree.LargeFile)));

        // Slow enough that the other connections get their share before the first has everything.
        var run = await RunAsync(
            "aria2c",
            [.. Options, "--max-download-limit=4M", $"--checksum=sha-256={sum}", "--log=log", "--log-level=info", "-o", "file", Address + ReleaseTree.LargeFile]);

        run.Expect(0);
        await AssertSameAsync(ReleaseTree.LargeFile, "file");
        var log = await File.ReadAllTextAsync(Path.Combine(Home, "log"), TestContext.Current.CancellationToken);
        Assert.Contains("HTTP/1.1 206", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Download_WrongChecksum_Refused()
    {
        var run = await RunAsync(
            "aria2c", [.. Options, $"--checksum=sha-256={new string('0', 64)}", "-o", "file", Address + ReleaseTree.LargeFile]);

        Assert.NotEqual(0, run.ExitCode);
    }

    [Fact]
    public async Task ConditionalGet_Unchanged_NotFetchedAgain()
    {
        string[] options = ["--conditional-get=true", "--allow-overwrite=true", "--remote-time=true", "-o", "index.tab", Address + IndexTab];
        (await RunAsync("aria2c", [.. Options, .. options])).Expect(0);

        (await RunAsync("aria2c", [.. Options, "--log=log", "--log-level=info", .. options])).Expect(0);

        var log = await File.ReadAllTextAsync(Path.Combine(Home, "log"), TestContext.Current.CancellationToken);
        Assert.Contains("HTTP/1.1 304", log, StringComparison.Ordinal);
        await AssertSameAsync(IndexTab, "index.tab");
    }
}

[Collection(nameof(NginxSite))]
public sealed class Aria2OnNginxTests(NginxSite site) : Aria2Tests(site);

[Collection(nameof(FolderSite))]
public sealed class Aria2OnFolderTests(FolderSite site) : Aria2Tests(site);

[Collection(nameof(S3Site))]
public sealed class Aria2OnS3Tests(S3Site site) : Aria2Tests(site);
