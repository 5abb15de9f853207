using System.Globalization;
using System.Text.RegularExpressions;

namespace ReleaseServer.EndToEnd.Sites;

/// <summary>
/// The symbolic links of the origin's tree, worked out from the version directories.
/// Written apart from the server's planner on purpose: the two are compared through nginx.
/// </summary>
internal static partial class ReleaseLinks
{
    private const string Releases = "nodejs/release";
    private const string Docs = "nodejs/docs";

    private static readonly Version LastWithTarballOutside = new(0, 5, 0);

    private static readonly Dictionary<int, string> Codenames = new()
    {
        [4] = "argon",
        [6] = "boron",
        [8] = "carbon",
        [10] = "dubnium",
        [12] = "erbium",
        [14] = "fermium",
        [16] = "gallium",
        [18] = "hydrogen",
        [20] = "iron",
        [22] = "jod",
        [24] = "krypton",
    };

    // Links to single files, of old: where a tarball was moved out of its directory, or into one.
    private static readonly (string Name, string Target)[] Fixed =
    [
        ("v0.6.12/node.tar.gz", "node-v0.6.12.tar.gz"),
        ("v0.7.11/node-v0.7.11-x64.msi", "v0.7.11/x64/node-v0.7.11-x64.msi"),
        ("v0.8.8/node-v0.8.8-x64.msi", "v0.8.8/x64/node-v0.8.8-x64.msi"),
        ("node-v0.10.14.tar.gz", "v0.10.14/node-v0.10.14.tar.gz"),
    ];

    /// <summary>Every link of a tree, as paths relative to it.</summary>
    /// <param name="tree">A directory that holds <c>nodejs/release</c>.</param>
    public static IEnumerable<(string Name, string Target)> Plan(string tree)
    {
        var versions = Directory.EnumerateDirectories(Path.Combine(tree, Releases))
            .Select(path => VersionName().Match(Path.GetFileName(path)))
            .Where(match => match.Success)
            .Select(match => new Version(Number(match, "major"), Number(match, "minor"), Number(match, "patch")))
            .Order()
            .ToArray();

        var links = LineLinks(versions).ToArray();
        var latest = versions[^1];
        return links
            .Select(link => ($"{Releases}/{link.Name}", $"{Releases}/v{link.Version}"))
            .Concat(links.Select(link => ($"{Docs}/{link.Name}", $"{Releases}/v{link.Version}/docs")))
            .Concat(versions.Select(version => ($"{Docs}/v{version}", $"{Releases}/v{version}/docs")))
            .Append(($"{Releases}/node-latest.tar.gz", $"{Releases}/v{latest}/node-v{latest}.tar.gz"))
            .Concat(Fixed.Select(link => ($"{Releases}/{link.Name}", $"{Releases}/{link.Target}")))
            .Concat(versions
                .Where(version => version <= LastWithTarballOutside)
                .Select(version => ($"{Releases}/v{version}/node-v{version}.tar.gz", $"{Releases}/node-v{version}.tar.gz")))
            .Where(link => Exists(tree, link.Item2) && !Exists(tree, link.Item1));
    }

    private static IEnumerable<(string Name, Version Version)> LineLinks(Version[] versions)
    {
        yield return ("latest", versions[^1]);
        foreach (var line in versions.GroupBy(LineOf).Where(line => line.Key is not null))
        {
            var newest = line.Last();
            yield return ($"latest-{line.Key}", newest);
            if (Codenames.TryGetValue(newest.Major, out var codename))
            {
                yield return ($"latest-{codename}", newest);
            }
        }
    }

    // Of the versions before 1.0, 0.10 and 0.12 are lines of their own and the others none.
    private static string? LineOf(Version version) => version switch
    {
        { Major: > 0 } => $"v{version.Major}.x",
        { Minor: 10 or 12 } => $"v0.{version.Minor}.x",
        _ => null,
    };

    private static bool Exists(string tree, string name) => Path.Exists(Path.Combine(tree, name));

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^v(?<major>\d+)\.(?<minor>\d+)\.(?<patch>\d+)$")]
    private static partial Regex VersionName();
}
