using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>Where releases lie before they are published.</summary>
/// <param name="Prefix">Stands before the keys that they are to have; empty, or ends in a slash.</param>
internal sealed record StagingArea(IBucket Bucket, string Prefix)
{
    /// <summary>Names of the versions of a channel that staging holds something of.</summary>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public async Task<IReadOnlyList<string>> ListVersionsAsync(ReleaseChannel channel, CancellationToken cancellationToken)
    {
        var prefix = $"{Prefix}{channel.Directory}/".TrimStart('/');
        var versions = new List<(string Name, ReleaseVersion Version)>();
        await foreach (var entry in Bucket.ListAsync(prefix, ListDepth.Children, cancellationToken))
        {
            if (entry.IsPrefix && ReleaseVersion.TryParseIndexed(entry.Name[prefix.Length..^1], channel, out var version))
            {
                versions.Add((entry.Name[prefix.Length..^1], version));
            }
        }

        return [.. versions.OrderBy(static version => version.Version).Select(static version => version.Name)];
    }
}

/// <summary>What staging holds of one version.</summary>
/// <param name="Files">By name in the version's directory, markers of completion left out.</param>
/// <param name="Markers">Names of the files that have a marker of completion.</param>
/// <param name="Odd">Names that no object that is served can have.</param>
internal sealed record StagedRelease(
    StagingArea Area, string Directory, IReadOnlyDictionary<string, BucketEntry> Files, IReadOnlySet<string> Markers, IReadOnlyList<string> Odd)
{
    /// <param name="name">The version's directory, such as <c>v26.8.0</c>.</param>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public static async Task<StagedRelease> ReadAsync(StagingArea area, ReleaseChannel channel, string name, CancellationToken cancellationToken)
    {
        var directory = $"{area.Prefix}{channel.KeyOf(name)}/";
        var files = new SortedDictionary<string, BucketEntry>(StringComparer.Ordinal);
        var markers = new HashSet<string>(StringComparer.Ordinal);
        var odd = new List<string>();
        await foreach (var entry in area.Bucket.ListAsync(directory, ListDepth.All, cancellationToken))
        {
            var file = entry.Name[directory.Length..];
            if (file.Length == 0 || file.EndsWith('/'))
            {
                continue;
            }

            if (channel.Marker is { } marker && file.EndsWith(marker, StringComparison.Ordinal))
            {
                markers.Add(file[..^marker.Length]);
            }
            else if (AssetKey.TryCreate(entry.Name, out _) && AssetKey.TryCreate(channel.KeyOf($"{name}/{file}"), out _))
            {
                files.Add(file, entry);
            }
            else
            {
                odd.Add(file);
            }
        }

        return new StagedRelease(area, directory, files, markers, odd);
    }

    public AssetKey KeyOf(string file) =>
        AssetKey.TryCreate(Directory + file, out var key) ? key : throw new InvalidOperationException($"'{Directory}{file}' passed the listing and is no key");
}
