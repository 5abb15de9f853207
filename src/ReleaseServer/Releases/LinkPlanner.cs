using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>A link that was not made, and why.</summary>
internal sealed record LinkLeftOut(string Name, string Reason)
{
    public override string ToString() => $"{Name}: {Reason}";
}

/// <summary>Every link that a bucket should have, and those that could not be made.</summary>
internal sealed record LinkPlan(IReadOnlyList<Link> Links, IReadOnlyList<LinkLeftOut> LeftOut);

/// <summary>Works out the links of a site from its release rules and from what the bucket holds. No I/O.</summary>
internal sealed class LinkPlanner
{
    private readonly BucketInventory _inventory;
    private readonly SortedDictionary<string, Link> _links = new(StringComparer.Ordinal);
    private readonly HashSet<string> _directoriesOfLinks = new(StringComparer.Ordinal);
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
        if (versions.Count == 0 && channel.Lines.Count + channel.Links.Count > 0)
        {
            var channelName = channel.KeyOf(channel.Versions);
            _leftOut[channelName] = new LinkLeftOut(channelName, DescribeNoVersion(channel));
        }

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
            Add(channel.KeyOf(link), channel.KeyOf(name));
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

    // The first rule to make a link decides, as with routes.
    private void Add(string name, string target)
    {
        if (_links.ContainsKey(name))
        {
            return;
        }

        if (ReasonAgainst(name, target) is { } reason)
        {
            _leftOut.TryAdd(name, new LinkLeftOut(name, reason));
            return;
        }

        _leftOut.Remove(name);
        _links.Add(name, new Link(name, target, _inventory.HasDirectory(target)));
        foreach (var directory in DirectoriesAbove(name))
        {
            _directoriesOfLinks.Add(directory);
        }
    }

    // What the servers would refuse must never be published: one such link would hold up all the others.
    private string? ReasonAgainst(string name, string target)
    {
        if (!AssetKey.TryCreate(name, out _) || !AssetKey.TryCreate(target, out _))
        {
            return "it or its target is not the key of anything that is served";
        }

        if (_inventory.HasObject(name) || _inventory.HasDirectory(name))
        {
            return "a real file or directory has this name";
        }

        if (!_inventory.HasDirectory(target) && !_inventory.HasObject(target))
        {
            // The reader of site data knows every placeholder, so one that is left is a line without a version.
            return target.Contains('{') ? $"no version gives its target {target}" : $"its target {target} is not in the bucket";
        }

        if (_directoriesOfLinks.Contains(name))
        {
            return "another link lies beneath it";
        }

        return DirectoriesAbove(name).FirstOrDefault(_links.ContainsKey) is { } above ? $"it would lie beneath the link {above}" : null;
    }

    private static IEnumerable<string> DirectoriesAbove(string name)
    {
        for (var end = name.LastIndexOf('/'); end > 0; end = name.LastIndexOf('/', end - 1))
        {
            yield return name[..end];
        }
    }

    private string DescribeNoVersion(ReleaseChannel channel)
    {
        const int MaxNames = 5;
        var there = _inventory.SubdirectoriesOf(channel.Directory);
        var where = there.Count > 0 ? "it holds" : "the bucket holds";
        var names = (there.Count > 0 ? there : _inventory.SubdirectoriesOf("")).Take(MaxNames).Select(name => name + "/").ToList();
        var found = names.Count == 0 ? "the bucket holds no directory at all" : $"{where} {string.Join(", ", names)}";
        return $"no version is here, that is no directory named {channel.Versions}; {found}. Another layout is said in releases.json (docs/site-data.md)";
    }

    private List<VersionDirectory> VersionsOf(ReleaseChannel channel)
    {
        var versions = new List<VersionDirectory>();
        foreach (var name in _inventory.SubdirectoriesOf(channel.Directory))
        {
            if (ReleaseVersion.TryParse(name, channel, out var version))
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
