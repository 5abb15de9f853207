using System.Collections.Frozen;
using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>Where the artifacts of one version are, if not yet in its own directory.</summary>
/// <param name="Directory">Key of the version's directory, without a closing slash.</param>
internal sealed record VersionSource(IBucket Bucket, string Directory);

/// <summary>What an index is to be built of.</summary>
/// <param name="Channel">Whose index; the bucket is that of the <see cref="IndexBuilder"/>.</param>
internal sealed record IndexRequest(ReleaseChannel Channel)
{
    /// <summary>The index that is there; null for none. All that it knows is kept.</summary>
    public ReadOnlyMemory<byte>? Json { get; init; }

    /// <summary>Its other form; null for none.</summary>
    public ReadOnlyMemory<byte>? Tab { get; init; }

    /// <summary>The links that are published: some assets of old versions lie elsewhere.</summary>
    public LinkTable Links { get; init; } = LinkTable.Empty;

    /// <summary>Versions whose artifacts are to be read here, whether or not the channel has a directory for them yet: those about to be published.</summary>
    public IReadOnlyDictionary<string, VersionSource> Sources { get; init; } = FrozenDictionary<string, VersionSource>.Empty;

    /// <summary>Versions that are to be left out, though their directories may still be there.</summary>
    public IReadOnlySet<string> Withdrawn { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Facts that a person knows better, by version; they stand above all others.</summary>
    public IReadOnlyDictionary<string, VersionFacts> Given { get; init; } = FrozenDictionary<string, VersionFacts>.Empty;

    /// <summary>Versions whose artifacts are read though the index has them.</summary>
    public IReadOnlySet<string> Reread { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Whether the artifacts of all versions are read.</summary>
    public bool Rebuild { get; init; }

    /// <summary>Whether a new version may go into the index with facts missing that its artifacts should state.</summary>
    public bool AllowUnknown { get; init; }

    /// <summary>Versions read at once, at least 1.</summary>
    public int Parallelism { get; init; } = 8;
}

/// <summary>How far a build has come.</summary>
/// <param name="Done">Versions read.</param>
/// <param name="Total">Versions to read.</param>
internal readonly record struct IndexProgress(int Done, int Total);
