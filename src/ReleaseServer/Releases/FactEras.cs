namespace ReleaseServer.Releases;

/// <summary>Since which version Node.js has which part, as its index has always had it.</summary>
internal static class FactEras
{
    private static readonly (string Name, ReleaseVersion Since)[] Since =
    [
        ("npm", Parse("0.6.3")), ("v8", Parse("0.0.1")), ("uv", Parse("0.5.1")), ("zlib", Parse("0.5.8")), ("openssl", Parse("0.5.5")), ("modules", Parse("0.2.0")),
    ];

    /// <summary>The facts without those of parts that a version does not have, whatever its artifacts say.</summary>
    public static VersionFacts Limit(ReleaseVersion version, VersionFacts facts) => facts with
    {
        Npm = Has(version, "npm") ? facts.Npm : null,
        Uv = Has(version, "uv") ? facts.Uv : null,
        Zlib = Has(version, "zlib") ? facts.Zlib : null,
        OpenSsl = Has(version, "openssl") ? facts.OpenSsl : null,
        Modules = Has(version, "modules") ? facts.Modules : null,
    };

    /// <summary>Names of the values that an entry should have and has not.</summary>
    public static IEnumerable<string> MissingFrom(ReleaseVersion version, IndexEntry entry) =>
        entry.Values.Where(value => value.Value is null && Has(version, value.Name)).Select(static value => value.Name);

    private static bool Has(ReleaseVersion version, string name) => Since.Any(row => row.Name == name && version.CompareTo(row.Since) >= 0);

    private static ReleaseVersion Parse(string text) =>
        ReleaseVersion.TryParse(text, out var version) ? version : throw new InvalidOperationException($"'{text}' is no version");
}
