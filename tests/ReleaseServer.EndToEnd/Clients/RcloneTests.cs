using System.Text.Json;
using ReleaseServer.EndToEnd.Sites;

namespace ReleaseServer.EndToEnd.Clients;

/// <summary>rclone: reads the listing, then asks HEAD of every file in it.</summary>
public abstract class RcloneTests(ReleaseSite site) : ClientTests(site)
{
    private string[] Remote => ["--config", "", "--retries", "1", "--http-url", Address];

    [Fact]
    public async Task Copy_Directory_SameBytesAndDates()
    {
        (await RunAsync("rclone", ["copy", .. Remote, $":http:{ReleaseTree.PlainDirectory}", "copy"])).Expect(0);

        await AssertSameAsync($"{ReleaseTree.PlainDirectory}win-x64/node.lib", "copy/win-x64/node.lib");
        Assert.Equal(
            File.GetLastWriteTimeUtc(await SourceAsync($"{ReleaseTree.PlainDirectory}SHASUMS256.txt")),
            File.GetLastWriteTimeUtc(Path.Combine(Home, "copy", "SHASUMS256.txt")),
            TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Copy_LargeFileInStreams_SameBytes()
    {
        (await RunAsync(
            "rclone",
            ["copyto", .. Remote, "--multi-thread-streams", "4", "--multi-thread-cutoff", "1M", $":http:{ReleaseTree.LargeFile}", "file"]))
            .Expect(0);

        await AssertSameAsync(ReleaseTree.LargeFile, "file");
    }

    [Fact]
    public async Task Size_VersionDirectory_CountAndBytesOfTheBucket()
    {
        var directory = $"/dist/{Version}/";

        var run = (await RunAsync("rclone", ["size", "--json", .. Remote, "--max-depth", "1", $":http:{directory}"])).Expect(0);

        using var size = JsonDocument.Parse(run.Output);
        var files = new DirectoryInfo(await SourceAsync(directory)).GetFiles();
        Assert.Equal(files.Length, size.RootElement.GetProperty("count").GetInt32());
        Assert.Equal(files.Sum(file => file.Length), size.RootElement.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public async Task List_AwkwardNames_AsInTheBucket()
    {
        var run = (await RunAsync(
            "rclone", ["lsf", .. Remote, "--files-only", $":http:{ReleaseTree.AwkwardDirectory}"])).Expect(0);

        var names = new DirectoryInfo(await SourceAsync(ReleaseTree.AwkwardDirectory)).GetFiles()
            .Select(file => file.Name)
            .Where(name => !name.StartsWith('.'))
            .Order(StringComparer.Ordinal);
        Assert.Equal(names, run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }
}

[Collection(nameof(NginxSite))]
public sealed class RcloneOnNginxTests(NginxSite site) : RcloneTests(site);

[Collection(nameof(FolderSite))]
public sealed class RcloneOnFolderTests(FolderSite site) : RcloneTests(site);

[Collection(nameof(S3Site))]
public sealed class RcloneOnS3Tests(S3Site site) : RcloneTests(site);
