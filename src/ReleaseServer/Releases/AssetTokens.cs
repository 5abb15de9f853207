using System.Collections.Frozen;

namespace ReleaseServer.Releases;

/// <summary>The words of an index's <c>files</c> for the names of a version's assets.</summary>
/// <remarks>
/// The index speaks of osx where the files say darwin, and knows neither the xz twin of a tarball nor every installer. The words are those that
/// nodejs.org has always used, those of the unofficial builds, and two for Windows on ARM.
/// </remarks>
internal static class AssetTokens
{
    private const string Tarball = ".tar.gz";

    // By what is left of a name without the version in front and the ending of a tarball.
    private static readonly FrozenDictionary<string, string> Words = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["aix-ppc64"] = "aix-ppc64",
        ["darwin-arm64"] = "osx-arm64-tar",
        ["darwin-x64"] = "osx-x64-tar",
        ["darwin-x86"] = "osx-x86-tar",
        ["headers"] = "headers",
        ["linux-arm64"] = "linux-arm64",
        ["linux-arm64-musl"] = "linux-arm64-musl",
        ["linux-armv6l"] = "linux-armv6l",
        ["linux-armv7l"] = "linux-armv7l",
        ["linux-loong64"] = "linux-loong64",
        ["linux-ppc64le"] = "linux-ppc64le",
        ["linux-riscv64"] = "linux-riscv64",
        ["linux-s390x"] = "linux-s390x",
        ["linux-x64"] = "linux-x64",
        ["linux-x64-debug"] = "linux-x64-debug",
        ["linux-x64-glibc-217"] = "linux-x64-glibc-217",
        ["linux-x64-musl"] = "linux-x64-musl",
        ["linux-x64-pointer-compression"] = "linux-x64-pointer-compression",
        ["linux-x64-usdt"] = "linux-x64-usdt",
        ["linux-x86"] = "linux-x86",
        ["node.exe"] = "win-x86-exe",
        ["pkg"] = "osx-x64-pkg",
        ["smartos-x64"] = "smartos-x64",
        ["smartos-x86"] = "smartos-x86",
        ["sunos-x64"] = "sunos-x64",
        ["sunos-x86"] = "sunos-x86",
        ["win-arm.7z"] = "win-arm-7z",
        ["win-arm.zip"] = "win-arm-zip",
        ["win-arm/node.exe"] = "win-arm-exe",
        ["win-arm64.7z"] = "win-arm64-7z",
        ["win-arm64.zip"] = "win-arm64-zip",
        ["win-arm64/node.exe"] = "win-arm64-exe",
        ["win-x64.7z"] = "win-x64-7z",
        ["win-x64.zip"] = "win-x64-zip",
        ["win-x64/node.exe"] = "win-x64-exe",
        ["win-x86.7z"] = "win-x86-7z",
        ["win-x86.zip"] = "win-x86-zip",
        ["win-x86/node.exe"] = "win-x86-exe",
        ["arm64.msi"] = "win-arm64-msi",
        ["x64.msi"] = "win-x64-msi",
        ["x64/node.exe"] = "win-x64-exe",
        ["x64/x64.msi"] = "win-x64-msi",
        ["x86.msi"] = "win-x86-msi",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The words for all names, each once, sorted.</summary>
    /// <param name="version">As the directory is called: <c>v26.7.0</c>.</param>
    /// <param name="names">Relative to that directory.</param>
    public static IReadOnlyList<string> Of(string version, IEnumerable<string> names) =>
        [.. names.Select(name => Of(version, name)).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The word for one name; null where the index has none for it, as for another version's file.</summary>
    public static string? Of(string version, string name)
    {
        var stem = "node-" + version;
        var slash = name.LastIndexOf('/') + 1;
        var file = name.AsSpan(slash);
        if (!file.StartsWith(stem, StringComparison.Ordinal))
        {
            return file is "node.exe" ? Words.GetValueOrDefault(name) : null;
        }

        var rest = file[stem.Length..];
        if (rest is Tarball && slash == 0)
        {
            return "src";
        }

        if (rest.IsEmpty || rest[0] is not ('-' or '.'))
        {
            return null;
        }

        rest = rest[1..];
        rest = rest.EndsWith(Tarball, StringComparison.Ordinal) ? rest[..^Tarball.Length] : rest;
        return Words.GetValueOrDefault(string.Concat(name.AsSpan(0, slash), rest));
    }
}
