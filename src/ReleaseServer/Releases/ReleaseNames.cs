using System.Text.RegularExpressions;

namespace ReleaseServer.Releases;

/// <summary>The release that a new one is held against.</summary>
/// <param name="Name">Its directory, such as <c>v26.7.0</c>.</param>
/// <param name="Files">Names in it.</param>
internal sealed record PreviousRelease(string Name, ReleaseVersion Version, IReadOnlyList<string> Files);

/// <summary>Tells which names a version should have. No I/O.</summary>
internal sealed partial class ReleaseNames(PromotionRequest request, ReleaseVersion version)
{
    private const string Docs = "docs/";

    /// <summary>Whether a name belongs to the list of checksums: itself, or a signature of it. Those come when somebody signs.</summary>
    public static bool IsOfChecksums(string name) => name.StartsWith(ShasumsFile.FileName, StringComparison.Ordinal);

    /// <summary>Files that are named for another version than the one that they lie with.</summary>
    public IEnumerable<string> FindForeign(IEnumerable<string> files)
    {
        var before = request.Channel.Versions.Split("{version}")[0];
        if (before.Length == 0)
        {
            yield break;
        }

        foreach (var file in files.Where(file => !IsUnsummed(file)))
        {
            foreach (var match in NumberInName().Matches(file[(file.LastIndexOf('/') + 1)..]).AsEnumerable())
            {
                var number = match.Groups["number"].Value;
                if (match.Groups["before"].Value.EndsWith(before, StringComparison.Ordinal)
                    && ReleaseVersion.TryParse(number, out var other)
                    && !version.IsWithin(other))
                {
                    yield return $"{file}: is named for {before}{number}, not for {request.Name}";
                }
            }
        }
    }

    /// <summary>Names that are missing, and names that are new, each with why: by the list of the site's data, else by the release before.</summary>
    public (IReadOnlyList<string> Missing, IReadOnlyList<string> Added) Compare(IReadOnlySet<string> files, PreviousRelease? previous)
    {
        if (request.Channel.Files.Count > 0)
        {
            var required = request.Channel.Files.Select(Fill).ToHashSet(StringComparer.Ordinal);
            return Compare(files, required, "by the list in releases.json");
        }

        return previous is null
            ? ([], [$"there is no release of {version.Major}.x before it to compare names with"])
            : Compare(files, previous.Files.Select(name => Rename(name, previous)).ToHashSet(StringComparer.Ordinal), $"{previous.Name} has it");
    }

    private (IReadOnlyList<string> Missing, IReadOnlyList<string> Added) Compare(IReadOnlySet<string> files, HashSet<string> expected, string why)
    {
        // Pages of the docs come and go; that there are some does not.
        var here = files.Select(Comparable).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var there = expected.Select(Comparable).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return (
            [.. there.Except(here).Where(name => !request.Without.Contains(name)).Order(StringComparer.Ordinal).Select(name => $"{name}: is missing; {why} (--without {name})")],
            [.. here.Except(there).Order(StringComparer.Ordinal).Select(name => $"{name}: is new")]);
    }

    private string? Comparable(string name) =>
        IsOfChecksums(name) ? null
        : name.StartsWith(Docs, StringComparison.Ordinal) ? Docs
        : IsUnsummed(name) ? null
        : name;

    private bool IsUnsummed(string name) => request.Channel.Unsummed.Any(pattern => pattern.Matches(name));

    private string Fill(string form) => form
        .Replace("{name}", request.Name, StringComparison.Ordinal)
        .Replace("{version}", version.Text, StringComparison.Ordinal);

    private string Rename(string name, PreviousRelease previous) => name
        .Replace(previous.Name, request.Name, StringComparison.Ordinal)
        .Replace(previous.Version.Text, version.Text, StringComparison.Ordinal);

    // Three numbers with dots, which is how versions are told from the names of platforms and of what is packed with them.
    [GeneratedRegex(@"(?<before>(?:^|[^0-9a-zA-Z])[a-zA-Z]*)(?<number>[0-9]+\.[0-9]+\.[0-9]+)(?![0-9])")]
    private static partial Regex NumberInName();
}
