using System.Globalization;
using ReleaseServer.Commands;
using ReleaseServer.Configuration;

namespace ReleaseServer.Tests.Configuration;

/// <summary>Compares the tables of <c>docs/configuration.md</c> with the options classes and their validators.</summary>
public sealed class ConfigurationDocumentTests : IDisposable
{
    private static readonly Dictionary<string, Row> Rows = ReadRows();

    private readonly SettingsDirectory _directory = new();

    public static TheoryData<string> Settings => [.. ServerSettings.Schema.Settings.Select(setting => setting.Name)];

    public static TheoryData<string> Ranges => [.. Rows.Values.Where(row => row.Type is "number" or "duration").Select(row => row.Setting)];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Document_Rows_EverySettingOnceInOrder()
    {
        Assert.Equal(ServerSettings.Schema.Settings.Select(setting => setting.Name), Rows.Keys);
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void Document_Default_AsInTheOptionsClass(string name)
    {
        var setting = ServerSettings.Schema.Find(name)!;
        var text = SettingValue.Format(setting.Property.GetValue(Activator.CreateInstance(setting.Property.ReflectedType!)));

        Assert.Equal(text.Length == 0 ? "none" : $"`{text}`", Rows[name].Default);
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void Document_Type_AsInTheOptionsClass(string name)
    {
        var setting = ServerSettings.Schema.Find(name)!;
        string[] types = setting.ValueType switch
        {
            var type when type == typeof(string) => name.EndsWith("Path", StringComparison.Ordinal) ? ["path"] : ["text"],
            var type when type == typeof(int) || type == typeof(long) || type == typeof(double) => ["number"],
            var type when type == typeof(TimeSpan) => ["duration"],
            var type when type == typeof(bool) => ["true/false"],
            var type when type == typeof(Uri) => ["URL"],
            { IsEnum: true } => ["one of"],
            _ => ["list"],
        };

        Assert.Contains(Rows[name].Type, types);
        Assert.NotEmpty(Rows[name].Meaning);
        if (setting.ValueType.IsEnum)
        {
            var names = Enum.GetValues(setting.ValueType).Cast<object>().Select(value => $"`{SettingValue.Format(value)}`");
            Assert.Equal(string.Join(", ", names), Rows[name].Range);
        }
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void Document_Example_IsReadAsAValue(string name)
    {
        var setting = ServerSettings.Schema.Find(name)!;
        var text = new SettingText([Code(Rows[name].Example)], IsSplit: false, "document");

        var isRead = SettingValue.TryConvert(setting, text, out var value, out var fault);

        Assert.True(isRead, fault);
        Assert.NotNull(value);
    }

    [Theory]
    [MemberData(nameof(Ranges))]
    public void Document_Range_EndsAreAcceptedAndBeyondIsRefused(string name)
    {
        var ends = Rows[name].Range.Split(" to ").Select(Code).ToArray();
        Assert.Equal(2, ends.Length);

        Assert.False(IsFaulty(name, ends[0]), "least");
        Assert.False(IsFaulty(name, ends[1]), "most");
        Assert.True(IsFaulty(name, Step(ends[0], -1)), "below");
        Assert.True(IsFaulty(name, Step(ends[1], +1)), "above");
    }

    private bool IsFaulty(string name, string value)
    {
        ServerSettings.TryLoad([$"--{name}={value}"], _directory.Path, new Dictionary<string, string>(), out _, out var faults);
        return faults.Any(fault => fault.Setting == name);
    }

    private static string Step(string value, int by) =>
        Duration.TryParse(value, out var duration) && value != "0"
            ? string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds + by}ms")
            : string.Create(CultureInfo.InvariantCulture, $"{long.Parse(value, CultureInfo.InvariantCulture) + by}");

    private static string Code(string cell)
    {
        Assert.Matches("^`[^`]+`$", cell);
        return cell[1..^1];
    }

    private static Dictionary<string, Row> ReadRows() =>
        File.ReadLines(RepositoryFiles.Find("docs/configuration.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal) && line.Contains(':', StringComparison.Ordinal))
            .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length == 6)
            .Select(cells => new Row(cells[0].Trim('`'), cells[1], cells[2], cells[3], cells[4], cells[5]))
            .ToDictionary(row => row.Setting);

    private sealed record Row(string Setting, string Type, string Default, string Range, string Meaning, string Example);
}
