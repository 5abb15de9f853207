using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Buckets;
using ReleaseServer.Releases;
using ReleaseServer.Site;
using ReleaseServer.Status;
using ReleaseServer.Telemetry;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Server;
using ReleaseServer.Tests.Buckets;
using ReleaseServer.Tests.Configuration;

namespace ReleaseServer.Tests.Architecture;

/// <summary><c>docs/metrics.md</c> has every metric that a server with all its parts tells, and no other.</summary>
public sealed partial class MetricsPageTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Page_Rows_AreWhatTheServerTells()
    {
        var told = await AllAsync();

        var rows = Row().Matches(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "metrics.md"), Token))
            .Select(static match => $"{match.Groups["name"].Value} {match.Groups["type"].Value} [{match.Groups["labels"].Value.Replace("`", "", StringComparison.Ordinal)}] {match.Groups["help"].Value}")
            .Order(StringComparer.Ordinal);

        Assert.Equal(told.Select(static metric => $"{metric.Name} {metric.Type} [{metric.Labels}] {metric.Help}"), rows);
    }

    [Fact]
    public async Task Names_All_FollowTheConventions()
    {
        Assert.All(await AllAsync(), static metric =>
        {
            Assert.Matches("^(releaseserver|process|dotnet)(_[a-z0-9]+)+$", metric.Name);
            Assert.Equal(metric.Type == "counter", metric.Name.EndsWith("_total", StringComparison.Ordinal));
            Assert.Matches("^[A-Z0-9].*[^.]$", metric.Help);
        });
    }

    /// <summary>Every metric there is, by name, as a server tells it that has a certificate, a cache on disk, a replica, an origin, a candidate, and somebody to alert.</summary>
    internal static async Task<IReadOnlyList<TellingMetric>> AllAsync()
    {
        using var folder = new ScratchFolder();
        using var keys = new KeyFiles();
        var bucket = new InMemoryBucket();
        await new SitePublisher(bucket, TimeProvider.System).PublishLinksAsync([new Link("latest", "v1", IsDirectory: true)], Token);
        await using var server = await RunningServer.StartAsync(bucket, Token, configure: settings =>
        {
            (settings.Cache.Enabled, settings.Cache.Path) = (true, folder.In("cache"));
            settings.Resilience.Replicas = [new BucketOptions { Kind = BucketKind.Folder, Path = Directory.CreateDirectory(folder.In("replica")).FullName }];
            settings.Origin.Urls = ["http://127.0.0.1:9"];
            settings.Server.Urls = ["http://127.0.0.1:0", "https://127.0.0.1:0"];
            settings.Tls.CertificatePath = Path.Combine(keys.Path, "rsa-certificate.pem");
            settings.Tls.KeyPath = Path.Combine(keys.Path, "rsa-key.pem");
            settings.Shadow.Url = new Uri("http://127.0.0.1:9");
            settings.Slack.WebhookUrl = new Uri("http://127.0.0.1:9/hook");
        });
        await server.Services.GetRequiredService<StatusProber>().LookAsync(Token);
        var text = server.Services.GetRequiredService<PrometheusText>().Write();
        return
        [
            .. Head().Matches(text).Select(match => new TellingMetric(
                match.Groups["name"].Value, match.Groups["type"].Value, match.Groups["help"].Value, LabelsOf(text, match.Groups["name"].Value)))
                .OrderBy(static metric => metric.Name, StringComparer.Ordinal),
        ];
    }

    private static string LabelsOf(string text, string name) => string.Join(", ", Regex
        .Matches(text, $"^{name}(?:_bucket)?\\{{(.*)\\}} ", RegexOptions.Multiline)
        .SelectMany(static match => LabelName().Matches(match.Groups[1].Value))
        .Select(static match => match.Groups[1].Value)
        .Where(static label => label != "le")
        .Distinct());

    [GeneratedRegex(@"^# HELP (?<name>\S+) (?<help>.*)\n# TYPE \S+ (?<type>\S+)$", RegexOptions.Multiline)]
    private static partial Regex Head();

    [GeneratedRegex(@"^\| `(?<name>[a-z0-9_]+)` \| (?<type>counter|gauge|histogram) \| (?<labels>[^|]*) \| (?<help>[^|]*) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("(?:^|,)([a-z_]+)=\"")]
    private static partial Regex LabelName();
}

/// <param name="Labels">With commas between; without <c>le</c>.</param>
internal sealed record TellingMetric(string Name, string Type, string Help, string Labels);
