using System.Text.RegularExpressions;
using ReleaseServer.EndToEnd.Processes;

namespace ReleaseServer.EndToEnd.Alerting;

/// <summary>A served sample, with the variables that the runbooks' commands have.</summary>
public sealed class RunbookSite : IAsyncLifetime
{
    private readonly TemporaryDirectory _home = new();
    private ServerProcess _server = null!;

    public async ValueTask InitializeAsync() => _server = await ServerProcess.StartAsync(_home.Path);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _home.Dispose();
    }

    internal Task<CommandRun> RunAsync(string script) => CommandRun.StartAsync(
        Requirement.Program("bash"),
        _home.Path,
        ["-euo", "pipefail", "-c", script],
        new Dictionary<string, string>
        {
            ["SITE"] = _server.BaseAddress.OriginalString,
            ["ADMIN"] = _server.AdminAddress.OriginalString,
            ["RELEASESERVER"] = $"dotnet {Repository.ServerAssembly}",
        });
}

/// <summary>Runs the commands of <c>docs/sops/</c> that can be run: a runbook is read when there is no time to mend it.</summary>
public sealed partial class RunbookCommandTests(RunbookSite site) : IClassFixture<RunbookSite>
{
    public static TheoryData<string> Runbooks =>
        [.. Directory.GetFiles(Path.Combine(Repository.Root, "docs", "sops"), "*.md").Select(static file => Path.GetFileName(file)!).Order()];

    [Theory]
    [MemberData(nameof(Runbooks))]
    public async Task Runbook_CommandsThatCanBeRun_Succeed(string name)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "sops", name), TestContext.Current.CancellationToken);
        var scripts = Block().Matches(text).Select(static match => match.Groups["script"].Value).ToList();

        Assert.NotEmpty(scripts);
        foreach (var script in scripts)
        {
            var run = await site.RunAsync(script);
            Assert.True(run.ExitCode == 0, $"{name}: exit code {run.ExitCode}\n{script}\n--- output\n{run.Output}\n--- error\n{run.Error}");
            Assert.True(run.Output.Length > 0 || script.Contains("> /dev/null", StringComparison.Ordinal), $"{name}: printed nothing\n{script}");
        }
    }

    public static TheoryData<string> Pages =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Append(Path.Combine(Repository.Root, "README.md"))
            .Append(Path.Combine(Repository.Root, "CONTRIBUTING.md"))
            .Select(static file => Path.GetRelativePath(Repository.Root, file))
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Page_CommandsThatAreNotRun_AreBashAllTheSame(string page)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, page), TestContext.Current.CancellationToken);
        foreach (var script in OtherBlock().Matches(text).Select(static match => match.Groups["script"].Value))
        {
            (await CommandRun.StartAsync(Requirement.Program("bash"), "/", ["-n", "-c", script])).Expect(0);
        }
    }

    [GeneratedRegex(@"^```sh run\n(?<script>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^ *```sh\n(?<script>.*?)^ *```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex OtherBlock();
}
