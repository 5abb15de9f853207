using ReleaseServer.EndToEnd.Processes;

namespace ReleaseServer.EndToEnd.Load;

/// <summary>What the scripts of load say: two nodes behind nginx, restarted by turns, fail no request, nor does a release day. Not beside other tests.</summary>
[Collection(nameof(LoadHarnessTests))]
public sealed class LoadScriptTests
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

    [Fact]
    public async Task ReleaseDay_ShortAndSmall_NoRequestFailsAndARowOfEachPart()
    {
        using var home = new TemporaryDirectory();
        Requirement.Program("h2load");
        Requirement.Program("curl");

        var run = await CommandRun.StartAsync(
            Requirement.Program("bash"),
            home.Path,
            [Path.Combine(Repository.Root, "tests", "load", "release-day.sh"), "--seconds", "4", "--rate", "40", "--configuration", Repository.Configuration],
            longest: Longest);

        run.Expect(0);
        Assert.Matches(@"\n\| 40 requests/s, mean 1\.3 MB; a release \| 1[0-9][0-9] \| 0 \| ", run.Output);
        Assert.Matches(@"\n\| 400 requests/s, mean 0\.2 MB; a purge of everything \| 1[0-9]{3} \| 0 \| ", run.Output);
    }
}
