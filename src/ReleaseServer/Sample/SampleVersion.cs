using System.Globalization;

namespace ReleaseServer.Sample;

/// <summary>One version of the sample tree, with the facts that <c>index.json</c> and the headers both state.</summary>
/// <param name="Name">As the directory is called: <c>v26.7.0</c>.</param>
/// <param name="Date">Of the release, UTC, <c>yyyy-MM-dd</c>.</param>
/// <param name="Npm">Null for none, here and in the next ones: the oldest versions had no such part.</param>
/// <param name="V8">Always there.</param>
/// <param name="Modules">NODE_MODULE_VERSION.</param>
/// <param name="Lts">Codename of the line; null where the version is not LTS.</param>
/// <param name="Platforms">What binary tarballs exist for; none for versions that are one source tarball outside their directory.</param>
/// <param name="Channel">The directory under <c>nodejs/</c>.</param>
internal sealed record SampleVersion(
    string Name,
    string Date,
    string? Npm,
    string V8,
    string? Uv,
    string? Zlib,
    string? OpenSsl,
    string? Modules,
    string? Lts,
    bool Security,
    IReadOnlyList<string> Platforms,
    string Channel = SampleVersions.Release)
{
    private readonly Version _number = Version.Parse(Name[1..].Split('-')[0]);

    public int Major => _number.Major;

    public int Minor => _number.Minor;

    public int Patch => _number.Build;

    /// <summary>When its files were made. All of them fall on <see cref="Date"/>.</summary>
    public DateTimeOffset Released { get; } =
        DateTimeOffset.ParseExact(Date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).AddHours(10.5);

    /// <summary>Whether the version is one source tarball, kept beside its directory; a link computed elsewhere leads to it.</summary>
    public bool IsSourceOnly => Platforms.Count == 0;

    /// <summary>Xz came with v0.12.</summary>
    public bool HasXz => Major > 0 || Minor >= 12;

    public string Directory => $"nodejs/{Channel}/{Name}";

    /// <summary>The bucket key of one of its assets.</summary>
    public string KeyOf(string asset) => IsSourceOnly ? $"nodejs/{Channel}/{asset}" : $"{Directory}/{asset}";
}
