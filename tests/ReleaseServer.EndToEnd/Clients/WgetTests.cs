using ReleaseServer.EndToEnd.Sites;

namespace ReleaseServer.EndToEnd.Clients;

/// <summary>wget: time stamps, continued downloads, mirrors.</summary>
public abstract class WgetTests(ReleaseSite site) : ClientTests(site)
{
    private const int ServerError = 8;

    [Fact]
    public async Task Timestamping_Unchanged_NotFetchedAgain()
    {
        (await RunAsync("wget", "-nv", "-N", Address + IndexTab)).Expect(0);

        var again = (await RunAsync("wget", "-S", "-N", Address + IndexTab)).Expect(0);

        Assert.Contains("HTTP/1.1 304", again.Error, StringComparison.Ordinal);
        Assert.Equal(
            File.GetLastWriteTimeUtc(await SourceAsync(IndexTab)),
            File.GetLastWriteTimeUtc(Path.Combine(Home, "index.tab")),
            TimeSpan.FromSeconds(1));
        await AssertSameAsync(IndexTab, "index.tab");
    }

    [Fact]
    public async Task Continue_PartOfAnArchive_Completed()
    {
        await LeavePartAsync(ReleaseTree.LargeFile, "file", 2_000_001);

        (await RunAsync("wget", "-nv", "-c", "-O", "file", Address + ReleaseTree.LargeFile)).Expect(0);

        await AssertSameAsync(ReleaseTree.LargeFile, "file");
    }

    [Fact]
    public async Task Mirror_Directory_EveryFileAndOnlyThose()
    {
        string[] options = ["-nv", "--mirror", "--no-parent", "--no-host-directories", "--reject", "index.html*"];

        (await RunAsync("wget", [.. options, Address + ReleaseTree.PlainDirectory])).Expect(0);

        var source = await SourceAsync(ReleaseTree.PlainDirectory);
        Assert.Equal(NamesBelow(source), NamesBelow(Path.Combine(Home, ReleaseTree.PlainDirectory[1..])));
    }

    [Fact]
    public async Task Mirror_Again_FetchesNoFileTwice()
    {
        string[] options = ["--mirror", "--no-verbose", "--no-parent", "--no-host-directories", "--accept", "*.txt,*.md,*.json,*.lib,*.zip"];
        (await RunAsync("wget", [.. options, Address + ReleaseTree.PlainDirectory])).Expect(0);

        var again = (await RunAsync("wget", [.. options, Address + ReleaseTree.PlainDirectory])).Expect(0);

        // wget names what it fetched: listings may be among it, files not.
        Assert.DoesNotContain("SHASUMS256.txt", again.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("node.lib", again.Error, StringComparison.Ordinal);
        await AssertSameAsync($"{ReleaseTree.PlainDirectory}SHASUMS256.txt", $"{ReleaseTree.PlainDirectory[1..]}SHASUMS256.txt");
    }

    [Fact]
    public async Task Spider_File_Exists()
    {
        var run = (await RunAsync("wget", "--spider", Address + ReleaseTree.LargeFile)).Expect(0);

        Assert.Contains("Length: 6291456", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Spider_Absent_BrokenLink()
    {
        (await RunAsync("wget", "--spider", $"{Address}/dist/{Version}/absent.txt")).Expect(ServerError);
    }

    private static string[] NamesBelow(string directory) =>
    [
        .. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(directory, path))
            .Order(StringComparer.Ordinal),
    ];
}

[Collection(nameof(NginxSite))]
public sealed class WgetOnNginxTests(NginxSite site) : WgetTests(site);

[Collection(nameof(FolderSite))]
public sealed class WgetOnFolderTests(FolderSite site) : WgetTests(site);

[Collection(nameof(S3Site))]
public sealed class WgetOnS3Tests(S3Site site) : WgetTests(site);
