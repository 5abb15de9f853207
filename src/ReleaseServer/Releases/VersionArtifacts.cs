using System.Collections.Concurrent;
using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>The assets of one version as a bucket holds them.</summary>
/// <param name="Keys">By name relative to the version's directory, the key that each is read from; without documentation.</param>
/// <param name="Listed">Whether there is a <c>SHASUMS256.txt</c>: without one a version is not whole.</param>
/// <param name="Absent">Names of <c>SHASUMS256.txt</c> that are nowhere.</param>
internal sealed record VersionArtifacts(IReadOnlyDictionary<string, AssetKey> Keys, bool Listed, IReadOnlyList<string> Absent)
{
    private const string Documentation = "docs/";
    private const int MaxSums = 4 << 20;
    private const int HeadsAtOnce = 16;

    /// <summary>Lists the version's directory and follows what its checksums name beyond it: links, and tarballs of old beside the directory.</summary>
    /// <param name="source">Where the version is.</param>
    /// <param name="links">Published in that bucket.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public static async Task<VersionArtifacts> ReadAsync(VersionSource source, LinkTable links, CancellationToken cancellationToken)
    {
        var (bucket, directory) = (source.Bucket, source.Directory + "/");
        var keys = new Dictionary<string, AssetKey>(StringComparer.Ordinal);
        await foreach (var entry in bucket.ListAsync(directory, ListDepth.All, cancellationToken))
        {
            var name = entry.Name[directory.Length..];
            if (!name.StartsWith(Documentation, StringComparison.Ordinal) && AssetKey.TryCreate(entry.Name, out var key))
            {
                keys.Add(name, key);
            }
        }

        if (!keys.TryGetValue(ShasumsFile.FileName, out var sums)
            || await StoredDocument.ReadAsync(bucket, sums, MaxSums, "a list of checksums", cancellationToken) is not { Content: var content })
        {
            return new VersionArtifacts(keys, Listed: false, []);
        }

        var absent = new List<string>();
        foreach (var (_, name) in ShasumsFile.Parse(content.Span).Lines)
        {
            if (keys.ContainsKey(name))
            {
                continue;
            }

            if (await FindElsewhereAsync(bucket, directory, name, links, cancellationToken) is { } key)
            {
                keys.Add(name, key);
            }
            else
            {
                absent.Add(name);
            }
        }

        return new VersionArtifacts(keys, Listed: true, absent);
    }

    /// <summary>The day of the oldest file directly in the directory, by the dates that the files had at their source; null without files.</summary>
    public async Task<DateOnly?> ReadDateAsync(IBucket bucket, CancellationToken cancellationToken)
    {
        var dates = new ConcurrentBag<DateTimeOffset>();
        var limits = new ParallelOptions { MaxDegreeOfParallelism = HeadsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Keys.Where(static pair => !pair.Key.Contains('/')), limits, async (pair, stop) =>
        {
            if (await bucket.HeadAsync(pair.Value, stop) is { } metadata)
            {
                dates.Add(metadata.Modified);
            }
        });
        return dates.IsEmpty ? null : DateOnly.FromDateTime(dates.Min().UtcDateTime);
    }

    // The tarballs of the first versions lie beside their directories, and links in them lead there, once links are published.
    private static async Task<AssetKey?> FindElsewhereAsync(
        IBucket bucket, string directory, string name, LinkTable links, CancellationToken cancellationToken)
    {
        var parent = directory[..(directory.LastIndexOf('/', directory.Length - 2) + 1)];
        foreach (var candidate in new[] { links.Resolve(directory + name), parent + name })
        {
            if (candidate != directory + name && AssetKey.TryCreate(candidate, out var key) && await bucket.HeadAsync(key, cancellationToken) is not null)
            {
                return key;
            }
        }

        return null;
    }
}
