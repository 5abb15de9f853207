using System.Security.Cryptography;
using System.Text;

namespace ReleaseServer.Sample;

/// <summary>The files of one version's directory, under the names its era gave them.</summary>
internal static class SampleAssets
{
    public const string Checksums = "SHASUMS256.txt";

    /// <summary>The one tarball large enough to try byte ranges and resumed downloads with, for both of its compressions.</summary>
    private const string LargeTarball = "node-v26.7.0-linux-x64";

    private const int BallastBytes = 832 * 1024;

    /// <summary>Everything that <see cref="Checksums"/> covers, without the documentation.</summary>
    public static IEnumerable<SampleFile> Of(SampleVersion version)
    {
        var stem = "node-" + version.Name;
        var files = Tarballs(version, stem, SampleBinaries.Source(version));
        if (!version.IsSourceOnly)
        {
            files = files.Concat(Tarballs(version, stem + "-headers", stem, SampleHeaders.All(version)));
        }

        foreach (var platform in version.Platforms)
        {
            files = files.Concat(Tarballs(version, $"{stem}-{platform}", SampleBinaries.Tarball(version, platform)));
        }

        return files.Concat(Installers(version, stem).Select(name => SampleBinaries.StandIn(version, name))).Concat(Zips(version, stem));
    }

    /// <summary>As <c>sha256sum</c> writes it, sorted by name.</summary>
    public static SampleFile ChecksumsOf(IEnumerable<SampleFile> assets)
    {
        var text = new StringBuilder();
        foreach (var asset in assets.OrderBy(asset => asset.Name, StringComparer.Ordinal))
        {
            text.Append(Convert.ToHexStringLower(SHA256.HashData(asset.Content))).Append("  ").Append(asset.Name).Append('\n');
        }

        return SampleFile.Text(Checksums, text.ToString());
    }

    private static IEnumerable<SampleFile> Tarballs(SampleVersion version, string stem, IEnumerable<ArchiveMember> members) =>
        Tarballs(version, stem, stem, members);

    private static IEnumerable<SampleFile> Tarballs(SampleVersion version, string stem, string root, IEnumerable<ArchiveMember> members)
    {
        if (stem == LargeTarball)
        {
            members = members.Append(new ArchiveMember("share/doc/node/ballast.bin", SampleBinaries.Ballast(BallastBytes)));
        }

        var tar = SampleArchives.Tar(root, members, version.Released);
        yield return new SampleFile(stem + ".tar.gz", SampleArchives.Gzip(tar));
        if (version.HasXz)
        {
            yield return new SampleFile(stem + ".tar.xz", XzStoredWriter.Write(tar));
        }
    }

    private static IEnumerable<string> Installers(SampleVersion version, string stem) => version switch
    {
        { IsSourceOnly: true } => [],
        { Channel: not SampleVersions.Release } => ["win-x64/node.exe", "win-x64/node.lib"],
        { Major: 0 } =>
        [
            stem + "-x86.msi", stem + ".pkg", "node.exe", "node.lib", $"x64/{stem}-x64.msi", "x64/node.exe", "x64/node.lib",
        ],
        { Major: < 23 } => [stem + "-x64.msi", stem + "-x86.msi", stem + ".pkg", "win-x64/node.exe", "win-x64/node.lib"],
        _ => [stem + "-arm64.msi", stem + "-x64.msi", stem + ".pkg", "win-x64/node.exe", "win-x64/node.lib"],
    };

    private static IEnumerable<SampleFile> Zips(SampleVersion version, string stem)
    {
        if (version.Major > 0)
        {
            var root = stem + "-win-x64";
            yield return new SampleFile(root + ".zip", SampleArchives.Zip(root, SampleBinaries.WindowsZip(version), version.Released));
        }
    }
}
