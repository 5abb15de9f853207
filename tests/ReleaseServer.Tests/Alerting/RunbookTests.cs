using System.Text.RegularExpressions;
using ReleaseServer.Alerting;

namespace ReleaseServer.Tests.Alerting;

/// <summary>Every alert has a runbook of the same shape; the end-to-end tests run what is in them.</summary>
public sealed partial class RunbookTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "docs", "sops");

    public static TheoryData<string> OfRulesAlone => [.. RunbooksOfRules().Except(AlertKind.All.Select(static kind => $"{kind.Name}.md"))];
    /// <summary>Runbooks of what people do without an alert.</summary>
    private static readonly string[] Tasks = ["promote", "roll-back", "switch-primary", "test-alert", "withdraw"];

    public static TheoryData<string> Kinds => [.. AlertKind.All.Select(static kind => kind.Name)];

    [Fact]
    public void Runbooks_Files_OneForEveryKindAndRuleAndTaskAndNoOther() => Assert.Equal(
        AlertKind.All.Select(static kind => kind.Name).Concat(Tasks).Select(static name => $"{name}.md").Concat(RunbooksOfRules()).Distinct().Order(),
        Directory.GetFiles(Folder).Select(Path.GetFileName).Order());

    [Fact]
    public void Runbooks_OfTasks_TellHowToDecideActAndVerify() => Assert.All(Tasks, static task => Assert.Equal(
        ["Decide", "Act", "Verify"], Heading().Matches(File.ReadAllText(Path.Combine(Folder, $"{task}.md"))).Select(static match => match.Groups[1].Value)));

    [Fact]
    public void Kinds_All_NamesThatMakeFilesAndAreUnlike()
    {
        Assert.All(AlertKind.All, static kind => Assert.Matches("^[a-z]+(-[a-z]+)*$", kind.Name));
        Assert.Equal(AlertKind.All.Count, AlertKind.All.DistinctBy(static kind => kind.Name).Count());
    }

    [Theory]
    [MemberData(nameof(OfRulesAlone))]
    public void Runbook_OfARule_TellsHowToDetectDecideActAndVerify(string file)
    {
        var text = File.ReadAllText(Path.Combine(Folder, file));

        Assert.Matches("^# [A-Z]", text);
        Assert.Equal(["Detect", "Decide", "Act", "Verify"], Heading().Matches(text).Select(match => match.Groups[1].Value));
        Assert.Contains("```sh run\n", text[text.IndexOf("## Verify", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Runbook_Text_TellsHowToDetectDecideActAndVerify(string name)
    {
        var text = File.ReadAllText(Path.Combine(Folder, $"{name}.md"));
        var kind = AlertKind.All.Single(kind => kind.Name == name);

        Assert.StartsWith($"# {kind.Title}\n", text, StringComparison.Ordinal);
        Assert.Equal(["Detect", "Decide", "Act", "Verify"], Heading().Matches(text).Select(match => match.Groups[1].Value));
        Assert.Contains("```sh run\n", text[text.IndexOf("## Verify", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.Contains($"({name}.md)", File.ReadAllText(Path.Combine(Repository.Root, "docs", "alerts.md")).Replace("sops/", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static IEnumerable<string> RunbooksOfRules() => Runbook()
        .Matches(File.ReadAllText(Path.Combine(Repository.Root, "deploy", "prometheus", "alerts.yaml")))
        .Select(static match => match.Groups[1].Value)
        .Distinct();

    [GeneratedRegex("runbook: docs/sops/(.+)$", RegexOptions.Multiline)]
    private static partial Regex Runbook();

    // Of the second level; those of the third are the author's.
    [GeneratedRegex("^## (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
