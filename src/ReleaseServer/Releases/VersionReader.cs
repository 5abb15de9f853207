using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>What a version's artifacts state.</summary>
/// <param name="Facts">What could be read; the date is that of the oldest file.</param>
/// <param name="Files">Words for what there is to download, sorted.</param>
/// <param name="IsListed">Whether it has checksums.</param>
/// <param name="Notes">What could not be read, and why.</param>
/// <param name="Number">The number that <c>node_version.h</c> states; null where none was read.</param>
/// <param name="Absent">Names of <c>SHASUMS256.txt</c> that are nowhere.</param>
internal sealed record VersionReading(
    VersionFacts Facts, IReadOnlyList<string> Files, bool IsListed, IReadOnlyList<string> Notes, string? Number, IReadOnlyList<string> Absent)
{
    /// <summary>What a person has written down (<see cref="FactsDocument"/>).</summary>
    public VersionFacts Written { get; init; } = VersionFacts.None;
}

/// <summary>Reads the facts of one version from its artifacts, in as few bytes as will do.</summary>
internal static class VersionReader
{
    private static readonly string[] Compressions = [".tar.gz", ".tar.xz"];

    /// <param name="version">As the directory is called.</param>
    /// <param name="source">Where its artifacts are.</param>
    /// <param name="links">Published in that bucket.</param>
    /// <param name="withDate">Whether to ask for the files' dates.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public static async Task<VersionReading> ReadAsync(
        string version, VersionSource source, LinkTable links, bool withDate, CancellationToken cancellationToken)
    {
        var artifacts = await VersionArtifacts.ReadAsync(source, links, cancellationToken);
        var notes = new List<string>();
        if (!artifacts.Listed)
        {
            return new VersionReading(VersionFacts.None, [], IsListed: false, notes, null, []);
        }

        var facts = new FactReader();
        foreach (var name in Tarballs(version, artifacts))
        {
            if (facts.IsComplete)
            {
                break;
            }

            // A headers tarball has no npm: it is read until all headers are known. A binary tarball has both.
            var isHeaders = name.Contains("-headers.", StringComparison.Ordinal);
            if (isHeaders && facts.HasHeaderFacts)
            {
                continue;
            }

            Func<FactReader, bool> isEnough = isHeaders ? static read => read.HasHeaderFacts : static read => read.IsComplete;
            if (await TarballReader.ReadAsync(source.Bucket, artifacts.Keys[name], facts, isEnough, cancellationToken) is { } trouble)
            {
                notes.Add($"{version}: {trouble}");
            }
        }

        var date = !withDate ? null : await artifacts.ReadDateAsync(source.Bucket, cancellationToken);
        return new VersionReading(
            facts.Facts with { Date = date }, AssetTokens.Of(version, artifacts.Keys.Keys), IsListed: true, notes, facts.Number, artifacts.Absent);
    }

    // Headers first, for they are small; then one binary tarball, for npm; then the source, for what versions of old state nowhere else.
    private static IEnumerable<string> Tarballs(string version, VersionArtifacts artifacts)
    {
        var stem = "node-" + version;
        return new[] { First(stem + "-headers"), First(stem + "-linux-x64") ?? AnyBinary(), First(stem) }.OfType<string>();

        string? First(string name) => Compressions.Select(compression => name + compression).FirstOrDefault(artifacts.Keys.ContainsKey);

        string? AnyBinary() => artifacts.Keys.Keys.Order(StringComparer.Ordinal).FirstOrDefault(name =>
            (name.StartsWith(stem + "-linux-", StringComparison.Ordinal) || name.StartsWith(stem + "-darwin-", StringComparison.Ordinal))
            && Compressions.Any(compression => name.EndsWith(compression, StringComparison.Ordinal)));
    }
}
