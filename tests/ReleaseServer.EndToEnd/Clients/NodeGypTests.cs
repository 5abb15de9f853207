using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.EndToEnd.Sites;

namespace ReleaseServer.EndToEnd.Clients;

/// <summary>node-gyp: headers tarball and checksums; gives up at the first 404.</summary>
public abstract class NodeGypTests(ReleaseSite site) : ClientTests(site)
{
    [Fact]
    public async Task Install_Headers_ThereAndChecked()
    {
        var run = await InstallAsync(Latest);

        Assert.Contains("SHASUMS256.txt", run.Expect(0).Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Home, "headers", Latest[1..], "include", "node", "node.h")), run.Error);
    }

    [Fact]
    public async Task Install_AbsentVersion_FailsWithTheStatus()
    {
        var run = await InstallAsync("v26.99.0");

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("404", run.Error, StringComparison.Ordinal);
    }

    private Task<CommandRun> InstallAsync(string version) => CommandRun.StartAsync(
        FindNpm("node-gyp"),
        Home,
        ["install", $"--target={version}", $"--dist-url={Address}/dist", $"--devdir={Home}/headers"]);
}

[Collection(nameof(NginxSite))]
public sealed class NodeGypOnNginxTests(NginxSite site) : NodeGypTests(site);

[Collection(nameof(FolderSite))]
public sealed class NodeGypOnFolderTests(FolderSite site) : NodeGypTests(site);

[Collection(nameof(S3Site))]
public sealed class NodeGypOnS3Tests(S3Site site) : NodeGypTests(site);
