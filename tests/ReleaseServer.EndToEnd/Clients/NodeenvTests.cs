using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.EndToEnd.Sites;

namespace ReleaseServer.EndToEnd.Clients;

/// <summary>nodeenv: asks for a directory without its slash, and reads versions out of the HTML.</summary>
public abstract class NodeenvTests(ReleaseSite site) : ClientTests(site)
{
    [Fact]
    public async Task List_Dist_VersionsOfTheListing()
    {
        var run = (await RunNodeenvAsync("--list")).Expect(0);

        // It lists through its log, which is standard error.
        var versions = (run.Output + run.Error).Split((char[])['\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(Version[1..], versions);
        Assert.Equal(Latest[1..], versions[^1]);
    }

    [Fact]
    public async Task Create_PrebuiltVersion_Runs()
    {
        (await RunNodeenvAsync("--prebuilt", $"--node={Version[1..]}", "environment")).Expect(0);

        await AssertNodeAsync(Version);
    }

    [Fact]
    public async Task Create_NoVersion_NewestOfTheLatestListing()
    {
        (await RunNodeenvAsync("--prebuilt", "environment")).Expect(0);

        await AssertNodeAsync(Latest);
    }

    private async Task AssertNodeAsync(string version)
    {
        var run = await CommandRun.StartAsync(Path.Combine(Home, "environment", "bin", "node"), Home, ["--version"]);

        Assert.Equal(version, run.Expect(0).Output.Trim());
    }

    private Task<CommandRun> RunNodeenvAsync(params string[] arguments)
    {
        Find("nodeenv");
        // Debian's own Python, whose modules hold nodeenv; another one may stand before it on the path.
        var script = Path.Combine(Repository.Root, "tests", "clients", "nodeenv_at.py");
        return CommandRun.StartAsync("/usr/bin/python3", Home, [script, Address, .. arguments]);
    }
}

[Collection(nameof(NginxSite))]
public sealed class NodeenvOnNginxTests(NginxSite site) : NodeenvTests(site);

[Collection(nameof(FolderSite))]
public sealed class NodeenvOnFolderTests(FolderSite site) : NodeenvTests(site);

[Collection(nameof(S3Site))]
public sealed class NodeenvOnS3Tests(S3Site site) : NodeenvTests(site);
