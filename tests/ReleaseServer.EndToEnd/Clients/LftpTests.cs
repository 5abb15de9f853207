using System.Globalization;
using ReleaseServer.EndToEnd.Sites;

namespace ReleaseServer.EndToEnd.Clients;

/// <summary>lftp, which reads names, dates and sizes out of the listing.</summary>
public abstract class LftpTests(ReleaseSite site) : ClientTests(site)
{
    private const string Settings = "set net:max-retries 1; set net:timeout 20; set cmd:fail-exit true; set http:user-agent lftp; ";

    [Fact]
    public async Task List_Directory_NamesAndSizes()
    {
        var directory = $"/dist/{Version}/";

        var run = await RunAsync(
            "lftp", "-c", $"{Settings}open {Address}/dist/; cls -1 --size --block-size=1 {Version}/");

        var listed = run.Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => columns.Length == 2)
            .ToDictionary(columns => Path.GetFileName(columns[1]), columns => long.Parse(columns[0], CultureInfo.InvariantCulture));
        var files = new DirectoryInfo(await SourceAsync(directory)).GetFiles().ToDictionary(file => file.Name, file => file.Length);
        Assert.Equal(files.OrderBy(file => file.Key), listed.Where(file => files.ContainsKey(file.Key)).OrderBy(file => file.Key));
    }

    [Fact]
    public async Task Mirror_Directory_SameFilesAndDates()
    {
        (await RunAsync("lftp", "-c", $"{Settings}open {Address}{ReleaseTree.PlainDirectory}; mirror . copy")).Expect(0);

        await AssertSameAsync($"{ReleaseTree.PlainDirectory}win-x64/node.lib", "copy/win-x64/node.lib");
        Assert.Equal(
            File.GetLastWriteTimeUtc(await SourceAsync($"{ReleaseTree.PlainDirectory}SHASUMS256.txt")),
            File.GetLastWriteTimeUtc(Path.Combine(Home, "copy", "SHASUMS256.txt")),
            TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task ParallelGet_LargeFile_SameBytes()
    {
        (await RunAsync("lftp", "-c", $"{Settings}open {Address}/download/; pget -n 4 {ReleaseTree.LargeFile} -o file")).Expect(0);

        await AssertSameAsync(ReleaseTree.LargeFile, "file");
    }
}

[Collection(nameof(NginxSite))]
public sealed class LftpOnNginxTests(NginxSite site) : LftpTests(site);

[Collection(nameof(FolderSite))]
public sealed class LftpOnFolderTests(FolderSite site) : LftpTests(site);

[Collection(nameof(S3Site))]
public sealed class LftpOnS3Tests(S3Site site) : LftpTests(site);
