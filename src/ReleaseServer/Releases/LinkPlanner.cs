using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>A link that was not made.</summary>
/// <param name="IsTaken">True where something real has the link's name already, false where the target is absent.</param>
internal sealed record LinkLeftOut(string Name, string Target, bool IsTaken)
{
    public override string ToString() => IsTaken
        ? $"{Name}: a real file or directory has this name"
        : $"{Name}: its target {Target} is not in the bucket";
}

/// <summary>Every link that a bucket should have, and those that could not be made.</summary>
internal sealed record LinkPlan(IReadOnlyList<Link> Links, IReadOnlyList<LinkLeftOut> LeftOut);

/// <summary>Works out the links of a site from its release rules and from what the bucket holds. No I/O.</summary>
internal sealed class LinkPlanner
{
    private readonly BucketInventory _inventory;
    private readonly SortedDictionary<string, Link> _links = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, LinkLeftOut> _leftOut = new(StringComparer.Ordinal);

    private LinkPlanner(BucketInventory inventory) => _inventory = inventory;

    public static LinkPlan Plan(ReleaseRules rules, BucketInventory inventory)
    {
        var planner = new LinkPlanner(inventory);
        foreach (var channel in rules.Channels)
        {
            planner.PlanChannel(channel);
        }

        return new LinkPlan([.. planner._links.Values], [.. planner._leftOut.Values]);
    }

    private void PlanChannel(ReleaseChannel channel)
    {
        var versions = VersionsOf(channel);
        var lines = new SortedDictionary<string, string>(StringComparer.Ordinal);

        // A row that names its link outright decides on it alone, also that it is not to be; a pattern makes only what is left.
        var named = channel.Lines.Where(rule => !rule.IsPattern).Select(rule => rule.Link).ToHashSet(StringComparer.Ordinal);
        foreach (var rule in channel.Lines)
        {
            foreach (var (link, newest) in NewestOf(rule, versions))
            {
                if (!rule.IsPattern || !named.Contains(link))
                {
                    lines.TryAdd(link, newest.Name);
                }
            }
        }

        foreach (var (link, name) in lines)
        {
            Add($"{channel.Directory}/{link}", $"{channel.Directory}/{name}");
        }

        foreach (var rule in channel.Links)
        {
            AddByRule(rule, versions, lines);
        }
    }

    private void AddByRule(LinkRule rule, List<VersionDirectory> versions, SortedDictionary<string, string> lines)
    {
        switch (rule.Each)
        {
            case LinkScope.Line:
                foreach (var (line, name) in lines)
                {
                    AddFilled(rule, lines, ("{line}", line), ("{name}", name));
                }

                break;
            case LinkScope.Version:
                foreach (var version in versions.Where(version => IsBetween(version.Version, rule.From, rule.To)))
                {
                    AddFilled(rule, lines, ("{name}", version.Name), ("{version}", version.Version.Text));
                }

                break;
            case LinkScope.Once:
            default:
                AddFilled(rule, lines);
                break;
        }
    }

    private void AddFilled(LinkRule rule, SortedDictionary<string, string> lines, params ReadOnlySpan<(string Placeholder, string Value)> values)
    {
        var (link, target) = (rule.Link, rule.Target);
        foreach (var (placeholder, value) in values)
        {
            link = link.Replace(placeholder, value, StringComparison.Ordinal);
            target = target.Replace(placeholder, value, StringComparison.Ordinal);
        }

        foreach (var (line, name) in lines)
        {
            link = link.Replace($"{{{line}}}", name, StringComparison.Ordinal);
            target = target.Replace($"{{{line}}}", name, StringComparison.Ordinal);
        }

        Add(link, target);
    }

    // The first rule to name a link decides, as with routes.
    private void Add(string name, string target)
    {
        if (_links.ContainsKey(name))
        {
            return;
        }

        var isDirectory = _inventory.HasDirectory(target);
        if (_inventory.HasObject(name) || _inventory.HasDirectory(name))
        {
            _leftOut[name] = new LinkLeftOut(name, target, IsTaken: true);
        }
        else if (!isDirectory && !_inventory.HasObject(target))
        {
            _leftOut[name] = new LinkLeftOut(name, target, IsTaken: false);
        }
        else
        {
            _links.Add(name, new Link(name, target, isDirectory));
        }
    }

    private List<VersionDirectory> VersionsOf(ReleaseChannel channel)
    {
        var form = channel.Versions.Split("{version}");
        var versions = new List<VersionDirectory>();
        foreach (var name in _inventory.SubdirectoriesOf(channel.Directory))
        {
            if (name.Length > form[0].Length + form[1].Length
                && name.StartsWith(form[0], StringComparison.Ordinal)
                && name.EndsWith(form[1], StringComparison.Ordinal)
                && ReleaseVersion.TryParse(name[form[0].Length..^form[1].Length], out var version))
            {
                versions.Add(new VersionDirectory(name, version));
            }
        }

        versions.Sort(static (a, b) => a.Version.CompareTo(b.Version));
        return versions;
    }

    // Versions come in rising order, so the last one of a link stays.
    private static Dictionary<string, VersionDirectory> NewestOf(LineRule rule, List<VersionDirectory> versions)
    {
        var newest = new Dictionary<string, VersionDirectory>(StringComparer.Ordinal);
        foreach (var candidate in versions)
        {
            if ((rule.Prereleases || candidate.Version.Prerelease is null)
                && IsBetween(candidate.Version, rule.From, rule.To)
                && (rule.Within is null || candidate.Version.IsWithin(Parse(rule.Within))))
            {
                var link = rule.Link
                    .Replace("{major}", $"{candidate.Version.Major}", StringComparison.Ordinal)
                    .Replace("{minor}", $"{candidate.Version.Minor}", StringComparison.Ordinal);
                newest[link] = candidate;
            }
        }

        return newest;
    }

    private static bool IsBetween(ReleaseVersion version, string? from, string? to) =>
        (from is null || version.CompareTo(Parse(from)) >= 0) && (to is null || version.CompareTo(Parse(to)) <= 0);

    private static ReleaseVersion Parse(string text) =>
        ReleaseVersion.TryParse(text, out var version) ? version : throw new InvalidOperationException($"'{text}' passed the reader of site data but is no version");

    private sealed record VersionDirectory(string Name, ReleaseVersion Version);
}
