using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.EndToEnd.Sites;

namespace ReleaseServer.EndToEnd.Clients;

/// <summary>n: index.tab, HEAD of the archive, GET of it.</summary>
public abstract class NTests(ReleaseSite site) : ClientTests(site)
{
    [Fact]
    public async Task ListRemote_All_NewestFirst()
    {
        var run = (await RunNAsync("lsr", "--all")).Expect(0);

        var versions = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Latest[1..], versions[0]);
        Assert.Contains(Version[1..], versions);
    }

    [Theory]
    [InlineData("22.23.2", Version)]
    [InlineData("latest", Latest)]
    [InlineData("lts", "v24.19.0")]
    [InlineData("jod", Version)]
    public async Task Install_Version_Runs(string asked, string installed)
    {
        (await RunNAsync("install", asked)).Expect(0);

        var run = (await CommandRun.StartAsync(Path.Combine(Home, "n", "bin", "node"), Home, ["--version"])).Expect(0);
        Assert.Equal(installed, run.Output.Trim());
    }

    [Fact]
    public async Task Install_Absent_Refused()
    {
        var run = await RunNAsync("install", "22.99.0");

        Assert.NotEqual(0, run.ExitCode);
    }

    private Task<CommandRun> RunNAsync(params string[] arguments) => CommandRun.StartAsync(
        FindNpm("n"),
        Home,
        arguments,
        new Dictionary<string, string>
        {
            ["N_NODE_MIRROR"] = $"{Address}/dist",
            ["N_PREFIX"] = Path.Combine(Home, "n"),
        });
}

[Collection(nameof(NginxSite))]
public sealed class NOnNginxTests(NginxSite site) : NTests(site);

[Collection(nameof(FolderSite))]
public sealed class NOnFolderTests(FolderSite site) : NTests(site);

[Collection(nameof(S3Site))]
public sealed class NOnS3Tests(S3Site site) : NTests(site);
