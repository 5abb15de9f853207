using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace ReleaseServer.Tests.Architecture;

/// <summary>What is in <c>deploy/</c> can be read, names files, settings and services that there are, and agrees about paths, ports and times.</summary>
public sealed partial class DeploymentFilesTests
{
    private const string Kubernetes = "kubernetes";

    private static readonly YamlMappingNode Compose = DeploymentFiles.Yaml("compose/compose.yaml")[0];

    private static readonly YamlMappingNode Deployment = DeploymentFiles.Yaml($"{Kubernetes}/base/deployment.yaml")[0];

    public static TheoryData<string> YamlFiles => [.. All("*.yaml")];

    public static TheoryData<string> Kustomizations => [.. All("kustomization.yaml")];

    public static TheoryData<string> Secrets => [.. All("secret.example.yaml")];

    public static TheoryData<string> Services => [.. ((YamlMappingNode)Compose.At("services")).Children.Keys.Select(static key => key.Text())];

    public static TheoryData<string> ClusterSettings => [.. All("settings.json").Where(static file => file.StartsWith(Kubernetes, StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(YamlFiles))]
    public void Yaml_Read_ImagesOfNoNamedHost(string file)
    {
        var documents = DeploymentFiles.Yaml(file);

        Assert.NotEmpty(documents);
        Assert.All(
            documents.SelectMany(static document => document.Mappings()).Select(static mapping => mapping.Member("image")).OfType<YamlScalarNode>(),
            static image => Assert.Matches(@"^[a-z0-9-]+(/[a-z0-9-]+)?:[a-z0-9.]+$", image.Value));
    }

    [Theory]
    [MemberData(nameof(Kustomizations))]
    public void Kustomization_Files_AreThere(string file)
    {
        var folder = Path.Combine(DeploymentFiles.Root, Path.GetDirectoryName(file)!);
        var kustomization = DeploymentFiles.Yaml(file)[0];
        var generators = (kustomization.Member("configMapGenerator") as YamlSequenceNode)?.Children ?? [];
        var named = kustomization.Member("resources").Texts().Concat(generators.SelectMany(static generator => generator.Member("files").Texts())).ToList();

        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.True(
            Path.HasExtension(name) ? File.Exists(Path.Combine(folder, name)) : File.Exists(Path.Combine(folder, name, "kustomization.yaml")), $"{file} names {name}"));
        Assert.All(generators, static generator => Assert.Equal("releaseserver-settings", generator.At("name").Text()));
    }

    [Theory]
    [MemberData(nameof(Secrets))]
    public void SecretExample_Settings_NothingToMend(string file) =>
        Assert.Empty(DeploymentFiles.Load([], DeploymentFiles.Yaml(file)[0].At("stringData").Pairs()).Faults);

    [Theory]
    [MemberData(nameof(Services))]
    public void Compose_Service_FilesVariablesAndSettingsAreThere(string name)
    {
        var folder = Path.Combine(DeploymentFiles.Root, "compose");
        var service = Compose.At("services", name);
        var variables = DeploymentFiles.Read("compose/env.example").Split('\n')
            .Where(static line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#'))
            .Select(static line => line.Split('=', 2))
            .ToDictionary(static pair => pair[0], static pair => pair[1]);
        var volumes = Compose.At("volumes").Pairs().Keys;

        foreach (var source in service.Member("volumes").Texts().Select(static volume => volume.Split(':')[0]))
        {
            Assert.True(source.StartsWith('.') ? File.Exists(Path.Combine(folder, source)) : volumes.Contains(source), $"{name} mounts {source}");
        }

        // A variable that is not there throws.
        var environment = service.Member("environment").Pairs().ToDictionary(
            static pair => pair.Key, pair => Variable().Replace(pair.Value, match => variables[match.Groups[1].Value]));
        if (service.Member("build") is { } build)
        {
            Assert.True(File.Exists(Path.Combine(folder, build.At("context").Text(), build.At("dockerfile").Text())));
            Assert.Empty(DeploymentFiles.Load([], environment).Faults);
            Assert.Contains("Bucket__Name", environment.Keys);
        }

        var depends = service.Member("depends_on");
        Assert.All(
            depends is YamlMappingNode conditions ? conditions.Children.Keys.Select(static key => key.Text()) : depends.Texts(), static other => Compose.At("services", other));
    }

    [Fact]
    public void Compose_Ports_AreThoseOfTheImageAndOnlyDownloadsAreForEverybody()
    {
        foreach (var name in new[] { "server", "staging" })
        {
            Assert.Equal(["8080", "8081"], Compose.At("services", name, "ports").Texts().Select(static port => port.Split(':')[^1]));
        }

        var open = Services.Select(static row => row.Data).SelectMany(static name => Compose.At("services", name).Member("ports").Texts())
            .Where(static port => !port.StartsWith("127.0.0.1:", StringComparison.Ordinal));
        Assert.Equal(["8080:8080"], open);
        Assert.Equal(
            ["server:8081", "staging:8081"],
            ((YamlSequenceNode)DeploymentFiles.Yaml("compose/prometheus.yaml")[0].At("scrape_configs")).SelectMany(static job => ((YamlSequenceNode)job.At("static_configs"))[0].At("targets").Texts()));
    }

    [Fact]
    public void Kubernetes_Probes_AskAdminPathsThatThereAreOnTheAdminPort()
    {
        var container = Container();
        var admin = AdminPaths();

        foreach (var (probe, path) in new[] { ("startupProbe", "/live"), ("livenessProbe", "/live"), ("readinessProbe", "/ready") })
        {
            Assert.Equal((path, "admin"), (container.At(probe, "httpGet", "path").Text(), container.At(probe, "httpGet", "port").Text()));
            Assert.Contains(path, admin);
        }

        var annotations = Deployment.At("spec", "template", "metadata", "annotations").Pairs();
        Assert.Contains(annotations["prometheus.io/path"], admin);
        Assert.Equal(annotations["prometheus.io/port"], Ports()["admin"]);
        Assert.Equal("2", Deployment.At("spec", "replicas").Text());
    }

    [Fact]
    public void Kubernetes_Services_LeadToPortsThatThereAreAndClientsToNoAdminPort()
    {
        var ports = Ports();
        var clients = Service("service.yaml");
        var nodes = Service("service-headless.yaml");

        Assert.Equal(["http"], clients.Values);
        Assert.Equal(["admin"], nodes.Values);
        Assert.Equal(ports["admin"], nodes.Keys.Single());
        Assert.Equal("None", DeploymentFiles.Yaml($"{Kubernetes}/base/service-headless.yaml")[0].At("spec", "clusterIP").Text());

        static Dictionary<string, string> Service(string file) => ((YamlSequenceNode)DeploymentFiles.Yaml($"{Kubernetes}/base/{file}")[0].At("spec", "ports"))
            .ToDictionary(static port => port.At("port").Text(), static port => port.At("targetPort").Text());
    }

    [Theory]
    [MemberData(nameof(ClusterSettings))]
    public void Kubernetes_Settings_ListenOnThePortsAndStopInTime(string file)
    {
        var server = DeploymentFiles.Load(["--config", Path.Combine(DeploymentFiles.Root, file)], new Dictionary<string, string>()).Settings!.Server;
        var grace = TimeSpan.FromSeconds(int.Parse(Deployment.At("spec", "template", "spec", "terminationGracePeriodSeconds").Text(), CultureInfo.InvariantCulture));
        var probe = Container().At("readinessProbe");
        var unnoticed = TimeSpan.FromSeconds(
            int.Parse(probe.At("periodSeconds").Text(), CultureInfo.InvariantCulture) * int.Parse(probe.At("failureThreshold").Text(), CultureInfo.InvariantCulture));

        Assert.Equal([$"http://*:{Ports()["http"]}"], server.Urls);
        Assert.Equal([$"http://*:{Ports()["admin"]}"], server.AdminUrls);
        Assert.True(server.StopDelay + server.DrainTime + TimeSpan.FromSeconds(15) < grace);
        Assert.True(server.StopDelay > unnoticed);
    }

    [Theory]
    [InlineData("base/deployment.yaml")]
    [InlineData("publisher/promote-nightly.yaml")]
    public void Kubernetes_Containers_MayDoNothingButServe(string file)
    {
        var document = DeploymentFiles.Yaml($"{Kubernetes}/{file}")[0];
        var container = document.Mappings().Single(static mapping => mapping.Member("image") is not null);
        var pod = document.Mappings().Single(static mapping => mapping.Member("containers") is not null);
        var user = DockerUser().Match(DeploymentFiles.Read("docker/Dockerfile")).Groups[1].Value;

        Assert.Equal(("true", user), (pod.At("securityContext", "runAsNonRoot").Text(), pod.At("securityContext", "runAsUser").Text()));
        Assert.Equal("false", pod.At("automountServiceAccountToken").Text());
        var rights = container.At("securityContext");
        Assert.Equal(("false", "true"), (rights.At("allowPrivilegeEscalation").Text(), rights.At("readOnlyRootFilesystem").Text()));
        Assert.Equal(["ALL"], rights.At("capabilities", "drop").Texts());
    }

    [Fact]
    public void Image_Sources_AreThere()
    {
        var named = DockerCopy().Matches(DeploymentFiles.Read("docker/Dockerfile")).SelectMany(static match => match.Groups[1].Value.Split(' ')[..^1]).ToList();

        Assert.Contains("src", named);
        Assert.All(named, static name => Assert.True(Path.Exists(Path.Combine(Repository.Root, name)), $"the image copies {name}"));
    }

    private static YamlNode Container() => ((YamlSequenceNode)Deployment.At("spec", "template", "spec", "containers"))[0];

    private static Dictionary<string, string> Ports() => ((YamlSequenceNode)Container().At("ports"))
        .ToDictionary(static port => port.At("name").Text(), static port => port.At("containerPort").Text());

    private static List<string> AdminPaths() =>
    [
        .. AdminPath().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md"))).Select(static match => match.Groups[1].Value),
    ];

    private static IEnumerable<string> All(string pattern) => Directory.EnumerateFiles(DeploymentFiles.Root, pattern, SearchOption.AllDirectories)
        .Select(static file => Path.GetRelativePath(DeploymentFiles.Root, file))
        .Order(StringComparer.Ordinal);

    [GeneratedRegex(@"\$\{([A-Z_]+)(?::\?[^}]*)?\}")]
    private static partial Regex Variable();

    [GeneratedRegex(@"`GET (/[a-z.]+)`")]
    private static partial Regex AdminPath();

    [GeneratedRegex("(?m)^USER ([0-9]+):")]
    private static partial Regex DockerUser();

    [GeneratedRegex("(?m)^COPY (?!--from)(.+)$")]
    private static partial Regex DockerCopy();
}
