using System.Text.Json;
using System.Text.RegularExpressions;
using ReleaseServer.Commands;

namespace ReleaseServer.Tests.Architecture;

/// <summary>Settings in <c>deploy/</c>, read as the server reads them.</summary>
public sealed partial class DeploymentSettingsTests
{
    // Good for every secret that is one: long enough for a token, and no URL.
    private const string Secret = "0123456789abcdef01234567";

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(DeploymentFiles.Root, "*.json", SearchOption.AllDirectories)
        .Where(static file => !file.Contains("/grafana/", StringComparison.Ordinal))
        .Select(static file => Path.GetRelativePath(DeploymentFiles.Root, file))
        .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void File_WithTheSecretsThatItNames_NothingToMend(string file)
    {
        var secrets = EnvironmentName().Matches(Comments(file)).Select(static match => match.Value).Distinct().ToDictionary(static name => name, static _ => Secret);

        var faults = DeploymentFiles.Load(["--config", Path.Combine(DeploymentFiles.Root, file)], secrets).Faults;

        Assert.Empty(faults);
        Assert.All(secrets.Keys, static name => Assert.True(IsSecret(name.Replace("__", ":", StringComparison.Ordinal)), $"{name} is no secret"));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void File_Settings_NoSecretAmongThem(string file)
    {
        using var document = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(DeploymentFiles.Root, file)), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });

        Assert.DoesNotContain(Names(document.RootElement, ""), IsSecret);
    }

    [Fact]
    public void Files_EachOne_IsNamedInTheDocumentation()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "deployment.md"));

        Assert.All(
            Directory.GetFiles(Path.Combine(DeploymentFiles.Root, "settings")).Select(Path.GetFileName),
            file => Assert.Contains($"`{file}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Image_Environment_NothingToMend()
    {
        var environment = Assignment().Matches(DeploymentFiles.Read("docker/Dockerfile")).ToDictionary(static match => match.Groups[1].Value, static match => match.Groups[2].Value);

        var (settings, faults) = DeploymentFiles.Load([], environment);

        Assert.Empty(faults);
        Assert.Equal(["http://*:8080"], settings!.Server.Urls);
        Assert.Equal(["http://*:8081"], settings.Server.AdminUrls);
        Assert.StartsWith("/var/cache/releaseserver", settings.Cache.Path, StringComparison.Ordinal);
        Assert.All([settings.Site.StatePath, settings.Downloads.Path, settings.Status.Path], static path => Assert.StartsWith("/var/lib/releaseserver/", path, StringComparison.Ordinal));
    }

    [Fact]
    public void Units_Settings_ThereAreSuch()
    {
        var named = Directory.GetFiles(Path.Combine(DeploymentFiles.Root, "systemd"))
            .SelectMany(static file => Assignment().Matches(File.ReadAllText(file)))
            .Select(static match => match.Groups[1].Value.Replace("__", ":", StringComparison.Ordinal))
            .ToList();

        Assert.Contains("Cache:Path", named);
        Assert.All(named, static name => Assert.NotNull(ServerSettings.Schema.Find(WithoutIndex(name))));
    }

    private static string Comments(string file) => string.Join(
        '\n', File.ReadLines(Path.Combine(DeploymentFiles.Root, file)).Where(static line => line.TrimStart().StartsWith("//", StringComparison.Ordinal)));

    private static bool IsSecret(string name) => ServerSettings.Schema.Find(WithoutIndex(name))?.IsSecret == true;

    // Replicas have the settings of the bucket.
    private static string WithoutIndex(string name) => ReplicaIndex().Replace(name, "Bucket:");

    private static IEnumerable<string> Names(JsonElement element, string prefix) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Names(member.Value, prefix.Length == 0 ? member.Name : $"{prefix}:{member.Name}")),
        JsonValueKind.Array => element.EnumerateArray().SelectMany((item, i) => Names(item, $"{prefix}:{i}")).Append(prefix),
        _ => [prefix],
    };

    [GeneratedRegex(@"\b[A-Z][A-Za-z]+(__[A-Za-z0-9]+)+\b(?!=\.)")]
    private static partial Regex EnvironmentName();

    [GeneratedRegex(@"(?m)^(?!#).*?\b([A-Z][A-Za-z]+(?:__[A-Za-z0-9]+)+)=([^\s\\]+)")]
    private static partial Regex Assignment();

    [GeneratedRegex("^Bucket:Replicas:[0-9]+:")]
    private static partial Regex ReplicaIndex();
}
