namespace ReleaseServer.Site;

/// <summary>Which links a project's releases have: what <c>releases.json</c> says. The planner makes links of it.</summary>
internal sealed record ReleaseRules(IReadOnlyList<ReleaseChannel> Channels)
{
    public static readonly ReleaseRules None = new([]);
}

/// <summary>A directory with a sub-directory for each version.</summary>
/// <param name="Directory">Key without closing slash, such as <c>nodejs/release</c>; empty for the root of the bucket.</param>
/// <param name="Versions">Form of the sub-directories' names, such as <c>v{version}</c>.</param>
/// <param name="Lines">Links to the newest version of a line.</param>
/// <param name="Links">Links that follow from the versions and lines.</param>
internal sealed record ReleaseChannel(
    string Directory,
    string Versions,
    IReadOnlyList<LineRule> Lines,
    IReadOnlyList<LinkRule> Links)
{
    /// <summary>Whether the directory has an <c>index.json</c> and an <c>index.tab</c> of its versions.</summary>
    public bool HasIndex { get; init; }

    /// <summary>What the pre-release part of the index's versions begins with, such as <c>nightly</c>; null for versions without one.</summary>
    public string? Prerelease { get; init; }

    /// <summary>Names in a version's directory that its list of checksums does not cover, such as <c>docs/**</c>.</summary>
    public IReadOnlyList<KeyPattern> Unsummed { get; init; } = [];

    /// <summary>
    /// Names that a version must have, with <c>{name}</c> for its directory and <c>{version}</c> for its number. Empty to go by the release before
    /// it of the same major version.
    /// </summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>End of the name of the object beside each file in staging that says the file is whole, such as <c>.done</c>; null for none.</summary>
    public string? Marker { get; init; }

    /// <summary>Whether a version may be published with names missing, and completed later.</summary>
    public bool IsPartial { get; init; }

    /// <summary>What commands call the channel: the last segment of its directory.</summary>
    public string Name => Directory[(Directory.LastIndexOf('/') + 1)..];

    /// <summary>The key of what has this name in the channel's directory.</summary>
    public string KeyOf(string name) => Directory.Length == 0 ? name : $"{Directory}/{name}";
}

/// <summary>A link in the channel's directory to the newest version of a line.</summary>
/// <param name="Link">Name, such as <c>latest-jod</c>. <c>{major}</c> or <c>{major}</c> and <c>{minor}</c> in it make one link for each that occurs.</param>
/// <param name="Within">Only versions that begin so, such as <c>22</c> or <c>0.10</c>; null for all.</param>
/// <param name="From">Lowest version that counts; null for no bound.</param>
/// <param name="To">Highest version that counts; null for no bound.</param>
/// <param name="Prereleases">Whether versions such as <c>1.0.0-rc.1</c> count.</param>
internal sealed record LineRule(string Link, string? Within, string? From, string? To, bool Prereleases)
{
    /// <summary>Whether the row makes a link for each line that occurs, rather than the one it names.</summary>
    public bool IsPattern => Link.Contains('{');
}

/// <summary>What a <see cref="LinkRule"/> is repeated for.</summary>
internal enum LinkScope
{
    /// <summary>Nothing: one link.</summary>
    Once,

    /// <summary>Each link that the lines gave; <c>{line}</c> is its name and <c>{name}</c> the version's directory.</summary>
    Line,

    /// <summary>Each version that is there; <c>{name}</c> is its directory and <c>{version}</c> its number.</summary>
    Version,
}

/// <summary>A link to be made where its target exists.</summary>
/// <param name="Link">Key; may name <c>{line}</c>, <c>{name}</c>, <c>{version}</c>, or a line's link, such as <c>{latest}</c>, for its version's directory.</param>
/// <param name="Target">Key, with the same placeholders.</param>
/// <param name="Each">What the rule is repeated for.</param>
/// <param name="From">Lowest version, for <see cref="LinkScope.Version"/>; null for no bound.</param>
/// <param name="To">Highest version; null for no bound.</param>
internal sealed record LinkRule(string Link, string Target, LinkScope Each, string? From, string? To);
