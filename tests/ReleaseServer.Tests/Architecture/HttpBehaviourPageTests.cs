using System.Reflection;
using System.Text.RegularExpressions;

namespace ReleaseServer.Tests.Architecture;

/// <summary>Holds docs/http-behaviour.md to its tests: each clause names tests that exist, and no conformance test is left out.</summary>
public sealed partial class HttpBehaviourPageTests
{
    private static readonly string[] Rooms = ["ReleaseServer.Tests.Conformance", "ReleaseServer.Tests.Faults", "ReleaseServer.Tests.Pipeline"];

    [Fact]
    public void Table_NamedTests_Exist()
    {
        var tests = Tests(Rooms);

        Assert.Empty(Rows().SelectMany(static row => row.Tests).Except(tests));
    }

    [Fact]
    public void Table_Rows_EachNameAClauseAndATest()
    {
        var rows = Rows();

        Assert.NotEmpty(rows);
        Assert.DoesNotContain(rows, static row => row.Clause.Length == 0 || row.Tests.Count == 0);
    }

    [Fact]
    public void ConformanceTests_All_AreInTheTable()
    {
        var listed = Rows().SelectMany(static row => row.Tests).ToHashSet();

        Assert.Empty(Tests(Rooms[0]).Except(listed));
    }

    private static List<(string Clause, List<string> Tests)> Rows() =>
    [
        .. File.ReadLines(Path.Combine(Repository.Root, "docs/http-behaviour.md"))
            .SkipWhile(static line => !line.StartsWith("| Clause |", StringComparison.Ordinal))
            .Skip(2)
            .TakeWhile(static line => line.StartsWith('|'))
            .Select(static line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(static cells => (cells[1], TestName().Matches(cells[^2]).Select(static match => match.Groups[1].Value).ToList())),
    ];

    private static HashSet<string> Tests(params string[] rooms) =>
    [
        .. typeof(HttpBehaviourPageTests).Assembly.GetTypes()
            .Where(type => rooms.Contains(type.Namespace))
            .SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(static method => method.GetCustomAttributes<FactAttribute>().Any())
                .Select(method => $"{type.Name}.{method.Name}")),
    ];

    [GeneratedRegex("`(\\w+\\.\\w+)`")]
    private static partial Regex TestName();
}
