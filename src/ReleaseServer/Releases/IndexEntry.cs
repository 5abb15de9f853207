using System.Globalization;

namespace ReleaseServer.Releases;

/// <summary>One version in <c>index.json</c> and <c>index.tab</c>. Null is what the version does not have, or nobody knows.</summary>
/// <param name="Version">As the directory is called: <c>v26.7.0</c>.</param>
/// <param name="Date">Of the release, UTC.</param>
/// <param name="Files">Words for what there is to download (<see cref="AssetTokens"/>), sorted.</param>
internal sealed record IndexEntry(string Version, DateOnly Date, IReadOnlyList<string> Files)
{
    public string? Npm { get; init; }

    public string? V8 { get; init; }

    public string? Uv { get; init; }

    public string? Zlib { get; init; }

    public string? OpenSsl { get; init; }

    public string? Modules { get; init; }

    /// <summary>Codename of the line; null for a version without long-term support.</summary>
    public string? Lts { get; init; }

    public bool Security { get; init; }

    public string DateText => Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The single values, in the order of both documents, as they are called there.</summary>
    public IEnumerable<(string Name, string? Value)> Values =>
    [
        ("npm", Npm), ("v8", V8), ("uv", Uv), ("zlib", Zlib), ("openssl", OpenSsl), ("modules", Modules), ("lts", Lts),
    ];

    /// <summary>The entry as facts: what is null here is not known.</summary>
    public VersionFacts Facts => new()
    {
        Date = Date,
        Npm = Npm,
        V8 = V8,
        Uv = Uv,
        Zlib = Zlib,
        OpenSsl = OpenSsl,
        Modules = Modules,
        Lts = new LtsStatus(Lts),
        Security = Security,
    };

    /// <summary>An entry of facts; without a date of its own it is of <paramref name="fallbackDate"/>.</summary>
    public static IndexEntry Of(string version, IReadOnlyList<string> files, VersionFacts facts, DateOnly fallbackDate) =>
        new(version, facts.Date ?? fallbackDate, files)
        {
            Npm = facts.Npm,
            V8 = facts.V8,
            Uv = facts.Uv,
            Zlib = facts.Zlib,
            OpenSsl = facts.OpenSsl,
            Modules = facts.Modules,
            Lts = facts.Lts?.Codename,
            Security = facts.Security ?? false,
        };

    public bool Equals(IndexEntry? other) =>
        other is not null
        && (Version, Date, Security) == (other.Version, other.Date, other.Security)
        && Files.SequenceEqual(other.Files, StringComparer.Ordinal)
        && Values.SequenceEqual(other.Values);

    public override int GetHashCode() => Version.GetHashCode(StringComparison.Ordinal);
}
