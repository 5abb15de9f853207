using ReleaseServer.Buckets;
using ReleaseServer.Releases;

namespace ReleaseServer.Sample;

/// <summary>A small release tree to try the server with: versions of every era, indexes, documentation, metrics.</summary>
/// <remarks>
/// The same keys, bytes and dates every time (another build of zlib may compress otherwise). Real files only: <c>latest</c> and
/// its like are links, which another command computes from what lies here.
/// </remarks>
internal static class SampleTree
{
    private static readonly TimeSpan DocsLater = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan ChecksumsLater = TimeSpan.FromHours(1);
    private static readonly TimeSpan IndexLater = TimeSpan.FromHours(2);
    private static readonly DateTimeOffset OldDocs = new(2011, 8, 26, 16, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset NpmVersions = new(2016, 10, 18, 16, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Metrics = new(2026, 8, 5, 4, 0, 0, TimeSpan.Zero);

    /// <summary>Writes the whole tree over whatever has the same keys; each index after the files it speaks of.</summary>
    /// <exception cref="BucketUnavailableException">A write failed; what was written before stays, and a second run mends it.</exception>
    public static async ValueTask WriteAsync(IWritableBucket bucket, CancellationToken cancellationToken)
    {
        foreach (var (file, modified) in Files())
        {
            if (!AssetKey.TryCreate(file.Name, out var key))
            {
                throw new InvalidOperationException($"The sample tree holds '{file.Name}', which is no bucket key");
            }

            var attributes = new ObjectAttributes(file.ContentType, modified);
            await bucket.WriteAsync(key, file.Content, attributes, WriteCondition.None, cancellationToken);
        }
    }

    private static IEnumerable<(SampleFile File, DateTimeOffset Modified)> Files() =>
        SampleVersions.All.GroupBy(version => version.Channel).SelectMany(Channel).Concat(Loose());

    private static IEnumerable<(SampleFile File, DateTimeOffset Modified)> Channel(IGrouping<string, SampleVersion> versions)
    {
        var index = new List<IndexEntry>();
        foreach (var version in versions)
        {
            var assets = SampleAssets.Of(version).ToList();
            index.Add(SampleIndex.EntryOf(version, assets));
            foreach (var asset in assets)
            {
                yield return (asset with { Name = version.KeyOf(asset.Name) }, version.Released);
            }

            foreach (var page in SampleDocs.Of(version))
            {
                yield return (Under(version.Directory, page), version.Released + DocsLater);
            }

            yield return (Under(version.Directory, SampleAssets.ChecksumsOf(assets)), version.Released + ChecksumsLater);
        }

        var folder = "nodejs/" + versions.Key;
        var modified = versions.Max(version => version.Released) + IndexLater;
        yield return (Under(folder, SampleIndex.Json(index)), modified);
        yield return (Under(folder, SampleIndex.Tab(index)), modified);
    }

    private static IEnumerable<(SampleFile File, DateTimeOffset Modified)> Loose() =>
    [
        .. SampleDocs.Old("v0.1.14").Select(page => (Under("nodejs/docs/v0.1.14", page), OldDocs)),
        .. SampleDocs.Old("v0.5.0").Select(page => (Under("nodejs/docs/v0.5.0", page), OldDocs)),
        (Under("nodejs/release", SampleFile.Text("npm-versions.txt", NpmVersionsText())), NpmVersions),
        .. SampleMetrics.All().Select(file => (Under("metrics", file), Metrics)),
    ];

    private static SampleFile Under(string folder, SampleFile file) => file with { Name = $"{folder}/{file.Name}" };

    // A leftover of the days before index.json; real trees have such files, and nothing reads them.
    private static string NpmVersionsText() => string.Concat(
        SampleVersions.All.Where(version => version is { Major: 0, Npm: not null }).Select(version => $"{version.Name} {version.Npm}\n"));
}
