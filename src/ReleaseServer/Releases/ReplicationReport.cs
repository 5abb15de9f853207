namespace ReleaseServer.Releases;

/// <summary>How a replica is brought in line.</summary>
internal sealed record ReplicationRequest
{
    /// <summary>Whether every object is looked at, and not only what the catalog says has changed.</summary>
    public bool Full { get; init; }

    /// <summary>Only find out what would be copied; write nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>Objects at once, at least 1.</summary>
    public int Parallelism { get; init; } = 8;
}

/// <summary>How far a run has come.</summary>
internal readonly record struct ReplicationProgress(string Step, long Done, long Total, long Bytes);

/// <summary>What a run found and did.</summary>
internal sealed record ReplicationReport
{
    /// <summary>Names that are kept for showing.</summary>
    public const int MostNames = 100;

    /// <summary>Generation of the replica before; 0 for none.</summary>
    public long Before { get; init; }

    /// <summary>Generation of the replica now.</summary>
    public long After { get; init; }

    /// <summary>Objects copied, or to be copied.</summary>
    public int Copied { get; init; }

    /// <summary>Of those, how many bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>The first of them by name.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>The server's own documents written, the generation not counted.</summary>
    public int Documents { get; init; }

    /// <summary>Objects and own documents deleted.</summary>
    public int Deleted { get; init; }

    /// <summary>Objects that only the replica has and that were never withdrawn: they stay. Counted where every object is looked at.</summary>
    public int Extra { get; init; }

    /// <summary>Whether the replica had all of it already.</summary>
    public bool IsCurrent { get; init; }
}

/// <summary>The replica has been published to on its own: it must have been made the primary, and nothing may be copied over it.</summary>
internal sealed class ReplicaAheadException(string message) : Exception(message);
