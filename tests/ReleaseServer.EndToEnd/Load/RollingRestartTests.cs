using ReleaseServer.EndToEnd.Processes;

namespace ReleaseServer.EndToEnd.Load;

/// <summary>Two nodes behind nginx, restarted by turns under load: no request fails. Not beside other tests, which would make it slow.</summary>
[Collection(nameof(LoadHarnessTests))]
public sealed class RollingRestartTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Restart_TwoNodesByTurns_NoRequestFails()
    {
        using var home = new TemporaryDirectory();
        Requirement.Program("nginx");
        Requirement.Program("wrk");
        Requirement.Program("curl");

        var run = await CommandRun.StartAsync(
            Requirement.Program("bash"),
            home.Path,
            [Path.Combine(Repository.Root, "tests", "load", "rolling-restart.sh"), "--times", "3", "--configuration", Repository.Configuration],
            longest: Longest);

        run.Expect(0);
        Assert.Matches("^6 restarts, [1-9][0-9]* requests in [0-9]+ s, 0 failed ", run.Output);
    }
}
