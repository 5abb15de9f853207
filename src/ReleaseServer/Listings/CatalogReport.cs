namespace ReleaseServer.Listings;

/// <summary>How a catalog is written.</summary>
internal sealed record CatalogWriteOptions
{
    /// <summary>Requests to the bucket at once, at least 1: HEADs of objects, reads, writes and deletions of documents.</summary>
    public int HeadParallelism { get; init; } = 32;

    /// <summary>Only report what differs; write and delete nothing.</summary>
    public bool CheckOnly { get; init; }

    /// <summary>
    /// Ask for the date of every object again. Needed after uploads that changed nothing but the date kept beside an object: its entity
    /// tag and size stay, so an ordinary run keeps the old date.
    /// </summary>
    public bool RereadDates { get; init; }
}

internal enum CatalogStep
{
    Listing,
    ReadingDocuments,
    ReadingDates,
    Writing,
}

/// <param name="Done">Objects or documents so far in this step.</param>
/// <param name="Total">How many it will be; null while listing.</param>
internal readonly record struct CatalogProgress(CatalogStep Step, int Done, int? Total);

internal enum CatalogDriftKind
{
    /// <summary>A directory has no document.</summary>
    Missing,

    /// <summary>A document says something else than the bucket, or cannot be read.</summary>
    Outdated,

    /// <summary>A document's directory is gone.</summary>
    Leftover,
}

/// <param name="Directory">Empty for the root, or ends in a slash.</param>
internal sealed record CatalogDrift(string Directory, CatalogDriftKind Kind);

/// <summary>What a run over the catalog found and did.</summary>
internal sealed record CatalogReport
{
    /// <summary>How many names <see cref="LeftOut"/> and <see cref="Drift"/> hold at most.</summary>
    public const int MaxRows = 100;

    /// <summary>Directories that should have a document.</summary>
    public required int Directories { get; init; }

    /// <summary>Objects listed, markers included.</summary>
    public required int Objects { get; init; }

    /// <summary>Objects whose key no path leads to; they are in no document.</summary>
    public required int Ignored { get; init; }

    /// <summary>HEADs sent for dates.</summary>
    public required int Heads { get; init; }

    public required int Written { get; init; }

    public required int Deleted { get; init; }

    /// <summary>Directories whose documents were written or deleted, or would have been; all of them.</summary>
    public required IReadOnlyList<string> Changed { get; init; }

    public required int LeftOutCount { get; init; }

    /// <summary>Directories whose document's key would be too long; the server lists them live. The first of them by name.</summary>
    public required IReadOnlyList<string> LeftOut { get; init; }

    public required int DriftCount { get; init; }

    /// <summary>What differed before anything was written; the first of it by directory.</summary>
    public required IReadOnlyList<CatalogDrift> Drift { get; init; }
}
