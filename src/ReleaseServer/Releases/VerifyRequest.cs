namespace ReleaseServer.Releases;

/// <summary>What a verification is to look at, and how.</summary>
internal sealed record VerifyRequest
{
    /// <summary>Areas of the bucket.</summary>
    public IReadOnlySet<VerifyArea> Areas { get; init; } =
        new HashSet<VerifyArea> { VerifyArea.Checksums, VerifyArea.Catalog, VerifyArea.Index, VerifyArea.Links };

    /// <summary>Only checksums of what lies beneath; empty for the whole bucket, or ends in a slash.</summary>
    public string Under { get; init; } = "";

    /// <summary>Whether to look for files by name only, and read no bytes of them.</summary>
    public bool Quick { get; init; }

    /// <summary>Files read at once, at least 1.</summary>
    public int Parallelism { get; init; } = 4;
}
