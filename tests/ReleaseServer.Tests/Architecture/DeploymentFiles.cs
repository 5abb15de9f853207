using ReleaseServer.Commands;
using ReleaseServer.Configuration;
using YamlDotNet.RepresentationModel;

namespace ReleaseServer.Tests.Architecture;

/// <summary>Reads what is in <c>deploy/</c>.</summary>
internal static class DeploymentFiles
{
    public static string Root { get; } = Path.Combine(Repository.Root, "deploy");

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    /// <summary>Loads settings as the program does, in a directory without an <c>appsettings.json</c>.</summary>
    public static (ServerSettings? Settings, IReadOnlyList<SettingFault> Faults) Load(string[] arguments, IReadOnlyDictionary<string, string> environment)
    {
        ServerSettings.TryLoad(SettingArguments.Split(arguments).Settings, "/", environment, out var settings, out var faults);
        return (settings, faults);
    }

    /// <summary>The root of each document of a YAML file; two keys of one name are a fault.</summary>
    public static IReadOnlyList<YamlMappingNode> Yaml(string file)
    {
        var stream = new YamlStream();
        using var reader = new StringReader(Read(file));
        stream.Load(reader);
        return [.. stream.Documents.Select(static document => Assert.IsType<YamlMappingNode>(document.RootNode))];
    }

    /// <summary>What is under a key, or what it is merged with (<c>&lt;&lt;</c>); null where it is not there.</summary>
    public static YamlNode? Member(this YamlNode node, string key) =>
        node is not YamlMappingNode mapping ? null
        : mapping.Children.TryGetValue(key, out var value) ? value
        : mapping.Children.TryGetValue("<<", out var merged) ? merged.Member(key)
        : null;

    /// <summary>What is under one key after the other; it must be there.</summary>
    public static YamlNode At(this YamlNode node, params string[] keys) => keys.Aggregate(node, static (at, key) =>
    {
        var next = at.Member(key);
        Assert.True(next is not null, $"no {key} at {at.Start}");
        return next!;
    });

    public static string Text(this YamlNode node) => Assert.IsType<YamlScalarNode>(node).Value ?? "";

    /// <summary>Texts of a list; empty where there is none.</summary>
    public static IReadOnlyList<string> Texts(this YamlNode? node) => node is YamlSequenceNode list ? [.. list.Select(Text)] : [];

    /// <summary>Names and texts of a mapping, with those it is merged with.</summary>
    public static Dictionary<string, string> Pairs(this YamlNode? node)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        if (node is not YamlMappingNode mapping)
        {
            return pairs;
        }

        foreach (var (key, value) in mapping.Children)
        {
            foreach (var (name, text) in key.Text() == "<<" ? value.Pairs() : new() { [key.Text()] = value.Text() })
            {
                pairs[name] = text;
            }
        }

        return pairs;
    }

    /// <summary>Every mapping of a document, at any depth.</summary>
    public static IEnumerable<YamlMappingNode> Mappings(this YamlNode node) => node.AllNodes.OfType<YamlMappingNode>();
}
