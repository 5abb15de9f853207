namespace ReleaseServer.Sample;

/// <summary>A row of the index.</summary>
/// <param name="Version">The facts.</param>
/// <param name="Tokens">What there is to download, in the index's own words, sorted.</param>
internal sealed record IndexedVersion(SampleVersion Version, IReadOnlyList<string> Tokens)
{
    public static IndexedVersion Of(SampleVersion version, IEnumerable<SampleFile> assets) =>
        new(version, [.. assets.Select(asset => Token("node-" + version.Name, asset.Name)).OfType<string>().Order(StringComparer.Ordinal)]);

    // The index speaks of osx where the files say darwin, and knows neither the xz twin of a tarball nor every installer.
    private static string? Token(string stem, string name)
    {
        const string Tarball = ".tar.gz";
        var rest = name.StartsWith(stem, StringComparison.Ordinal) ? name[stem.Length..].TrimStart('-') : name;
        return rest switch
        {
            Tarball => "src",
            ".pkg" => "osx-x64-pkg",
            "x64.msi" => "win-x64-msi",
            "x86.msi" => "win-x86-msi",
            "win-x64.zip" => "win-x64-zip",
            "win-x64/node.exe" or "x64/node.exe" => "win-x64-exe",
            "node.exe" => "win-x86-exe",
            _ when !rest.EndsWith(Tarball, StringComparison.Ordinal) => null,
            _ when rest.StartsWith("darwin-", StringComparison.Ordinal) => $"osx-{rest["darwin-".Length..^Tarball.Length]}-tar",
            _ => rest[..^Tarball.Length],
        };
    }
}
