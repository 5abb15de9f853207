using System.Text.RegularExpressions;

namespace ReleaseServer.Tests.Architecture;

/// <summary>Every command in the documents is run by a test (<c>```sh run</c>, by <c>RunbookCommandTests</c>), or its page says that it is not.</summary>
public sealed partial class DocumentCommandsTests
{
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
    public void Page_CommandsThatAreNotRun_SaysSo(string page)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, page));

        // Runbooks say it once for all of them, in the page that they are found by.
        var where = page.StartsWith(Path.Combine("docs", "sops"), StringComparison.Ordinal) ? File.ReadAllText(Path.Combine(Repository.Root, "docs", "alerts.md")) : text;
        Assert.True(!NotRun().IsMatch(text) || Said().IsMatch(where), $"{page} has commands that no test runs, and does not say so");
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_CommandsThatAreRun_AreInRunbooksAlone(string page) =>
        Assert.True(page.StartsWith(Path.Combine("docs", "sops"), StringComparison.Ordinal) || !File.ReadAllText(Path.Combine(Repository.Root, page)).Contains("\n```sh run\n", StringComparison.Ordinal), "nobody would run them");

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_BlocksOfCommands_AreOfKindsThatTestsKnow(string page) =>
        Assert.DoesNotMatch("(?m)^ *```(bash|shell|console|sh (?!run$))", File.ReadAllText(Path.Combine(Repository.Root, page)));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_BlocksWithoutAKind_HoldNoCommands(string page)
    {
        var isInside = false;
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, page));
        foreach (var (line, next) in lines.Zip(lines.Skip(1)))
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
            {
                isInside = !isInside;
                Assert.False(isInside && line.Trim() == "```" && Command().IsMatch(next), $"{page}: {next} belongs into a block of sh");
            }
        }
    }

    [GeneratedRegex(@"^\s*(dotnet|curl|tests/|out/|ReleaseServer |releaseserver |export |docker|kubectl|apt|systemctl)")]
    private static partial Regex Command();

    [GeneratedRegex("(?m)^ *```sh$")]
    private static partial Regex NotRun();

    [GeneratedRegex(@"not run\s+by\s+(a\s+)?tests?", RegexOptions.IgnoreCase)]
    private static partial Regex Said();
}
