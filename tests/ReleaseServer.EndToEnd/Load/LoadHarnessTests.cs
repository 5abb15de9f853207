using ReleaseServer.EndToEnd.Processes;

namespace ReleaseServer.EndToEnd.Load;

/// <summary>The harness of the benchmarks: works, whatever it would measure. Not beside other tests, whose clients would wait for it.</summary>
[Collection(nameof(LoadHarnessTests))]
public sealed class LoadHarnessTests
{
    // It takes half of it on two busy cores, most of it to start servers.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Smoke_AllScenarios_ARowOfEach()
    {
        using var home = new TemporaryDirectory();
        var bash = NeededProgram("bash", "nginx", "wrk", "h2load");

        var run = await CommandRun.StartAsync(
            bash,
            home.Path,
            [Path.Combine(Repository.Root, "tests", "load", "run.sh"), "--smoke", "--configuration", Repository.Configuration],
            longest: Longest);

        run.Expect(0);
        Assert.All(Enumerable.Range(1, 15), number => Assert.Contains($"\n| S{number} | ", run.Output, StringComparison.Ordinal));
    }

    private static string NeededProgram(string program, params string[] others)
    {
        try
        {
            Array.ForEach(others, static other => Requirement.Program(other));
            return Requirement.Program(program);
        }
        catch (RequirementMissingException exception)
        {
            Requirement.Missing(exception.Message);
            throw;
        }
    }
}

[CollectionDefinition(nameof(LoadHarnessTests), DisableParallelization = true)]
public sealed class LoadHarness;
