using System.Text.Json;
using System.Text.RegularExpressions;

namespace ReleaseServer.Tests.Architecture;

/// <summary>Rules and dashboards go by metrics, labels and runbooks that there are.</summary>
public sealed partial class DeploymentMetricsTests
{
    private static readonly string Deploy = Path.Combine(Repository.Root, "deploy");

    public static TheoryData<string> Files => [.. new[] { "grafana", "prometheus" }
        .SelectMany(static folder => Directory.GetFiles(Path.Combine(Deploy, folder)))
        .Where(static file => Path.GetFileName(file) != "prometheus.yaml")
        .Select(static file => Path.GetRelativePath(Deploy, file))
        .Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task File_Metrics_AreTold(string file)
    {
        var told = await MetricsPageTests.AllAsync();
        var series = told.SelectMany(static metric => metric.Type == "histogram"
                ? new[] { $"{metric.Name}_bucket", $"{metric.Name}_sum", $"{metric.Name}_count" }
                : [metric.Name])
            .ToHashSet(StringComparer.Ordinal);

        var named = MetricName().Matches(await ReadAsync(file)).Select(static match => match.Value).Distinct().ToList();

        Assert.NotEmpty(named);
        Assert.Empty(named.Except(series));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task File_Labels_AreOfTheirMetric(string file)
    {
        string[] ofPrometheus = ["job", "instance", "le"];
        var told = (await MetricsPageTests.AllAsync()).ToDictionary(static metric => metric.Name, static metric => metric.Labels.Split(", "));

        foreach (Match match in Selector().Matches(await ReadAsync(file)))
        {
            var name = Regex.Replace(match.Groups["name"].Value, "_(bucket|sum|count)$", "");
            var known = told.TryGetValue(name, out var labels) ? labels : told[match.Groups["name"].Value];
            foreach (Match label in LabelName().Matches(match.Groups["labels"].Value))
            {
                Assert.True(known.Contains(label.Groups[1].Value) || ofPrometheus.Contains(label.Groups[1].Value), $"{match.Value} has no label {label.Groups[1].Value}");
            }
        }
    }

    [Fact]
    public async Task Rules_Each_HasASeverityASummaryAndARunbookThatIsThere()
    {
        var rules = (await ReadAsync("prometheus/alerts.yaml")).Split("- alert: ")[1..];

        Assert.NotEmpty(rules);
        Assert.All(rules, static rule =>
        {
            Assert.Matches(@"severity: (page|warning) \}", rule);
            Assert.Matches("summary: \".+\"", rule);
            var runbook = Regex.Match(rule, "runbook: (docs/sops/.+\\.md)").Groups[1].Value;
            Assert.True(File.Exists(Path.Combine(Repository.Root, runbook)), $"{rule.Split('\n')[0]} has no runbook '{runbook}'");
        });
        Assert.Equal(rules.Length, rules.Select(static rule => rule.Split('\n')[0]).Distinct().Count());
    }

    [Fact]
    public async Task Rules_Each_IsSeenToBeQuietAndToFireByPromtool()
    {
        var tests = await ReadAsync("prometheus/alerts-test.yaml");

        Assert.All((await ReadAsync("prometheus/alerts.yaml")).Split("- alert: ")[1..].Select(static rule => rule.Split('\n')[0]), name =>
        {
            Assert.Contains($"alertname: {name}, exp_alerts: [] }}", tests, StringComparison.Ordinal);
            Assert.Matches($@"alertname: {name}\n\s+exp_alerts:\n\s+- exp_labels", tests);
        });
    }

    [Fact]
    public async Task Dashboard_Panels_AreJsonWithTitlesAndNoTwoInOnePlace()
    {
        using var dashboard = JsonDocument.Parse(await ReadAsync("grafana/releaseserver.json"));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToList();

        Assert.All(panels, static panel => Assert.NotEmpty(panel.GetProperty("title").GetString()!));
        Assert.Equal(panels.Count, panels.Select(static panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.Equal(panels.Count, panels.Select(static panel => panel.GetProperty("gridPos").GetRawText()).Distinct().Count());
    }

    private static Task<string> ReadAsync(string file) => File.ReadAllTextAsync(Path.Combine(Deploy, file), TestContext.Current.CancellationToken);

    [GeneratedRegex(@"\b(releaseserver|process|dotnet)_[a-z0-9_]+\b")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"\b(?<name>(releaseserver|process|dotnet)_[a-z0-9_]+)\{(?<labels>[^}]*)\}")]
    private static partial Regex Selector();

    [GeneratedRegex(@"(?:^|,)\s*([a-z_]+)\s*=")]
    private static partial Regex LabelName();
}
