using System.Text.Json;
using ReleaseServer.Commands;

namespace ReleaseServer.Tests.Configuration;

/// <summary>Runs each row of <c>BrokenConfigurations.json</c>: what is set, and every line an operator must then see.</summary>
public sealed class BrokenConfigurationsTests(KeyFiles keys) : IClassFixture<KeyFiles>
{
    private const string Secret = "hunter2";

    private static readonly Dictionary<string, BrokenConfiguration> Cases =
        JsonSerializer.Deserialize<BrokenConfiguration[]>(
            File.ReadAllText(RepositoryFiles.Find("tests/ReleaseServer.Tests/Configuration/BrokenConfigurations.json")),
            JsonSerializerOptions.Web)!.ToDictionary(row => row.Name);

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void TryLoad_BrokenConfiguration_EveryFaultOnItsLine(string name)
    {
        var row = Cases[name];

        var lines = FaultsOf(row);

        Assert.Equal(row.Faults, lines);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TryLoad_BrokenConfiguration_NoSecretInAnyFault(string name)
    {
        var lines = FaultsOf(Cases[name]);

        Assert.DoesNotContain(lines, line => line.Contains(Secret, StringComparison.OrdinalIgnoreCase));
    }

    private List<string> FaultsOf(BrokenConfiguration row)
    {
        using var directory = new SettingsDirectory();
        foreach (var (file, lines) in row.Files ?? [])
        {
            directory.Write(file, string.Join('\n', lines));
        }

        string Expand(string text) => text.Replace("{keys}", keys.Path, StringComparison.Ordinal);
        var environment = (row.Environment ?? []).ToDictionary(pair => pair.Key, pair => Expand(pair.Value));
        ServerSettings.TryLoad([.. (row.Arguments ?? []).Select(Expand)], directory.Path, environment, out _, out var faults);

        return [.. faults.Select(fault => fault.ToString()
            .Replace(directory.Path, "{directory}", StringComparison.Ordinal)
            .Replace(keys.Path, "{keys}", StringComparison.Ordinal))];
    }

    private sealed record BrokenConfiguration(
        string Name,
        Dictionary<string, string[]>? Files,
        Dictionary<string, string>? Environment,
        string[]? Arguments,
        string[] Faults);
}
