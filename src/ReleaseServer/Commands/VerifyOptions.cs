using ReleaseServer.Releases;

namespace ReleaseServer.Commands;

/// <summary>What the verb <c>verify</c> was asked for.</summary>
internal sealed record VerifyOptions
{
    /// <summary>Names of areas; none for all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Whether the node's cache is verified, in the place of the bucket.</summary>
    public bool Cache { get; init; }

    /// <summary>Number of the replica to verify in the place of the primary, from 0; null for the primary.</summary>
    public int? Replica { get; init; }

    public string? Under { get; init; }

    public bool Quick { get; init; }

    /// <summary>Most bytes a second, above 0; null for no limit.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Most requests a second, above 0; null for no limit.</summary>
    public int? RequestsPerSecond { get; init; }

    /// <summary>Whether nobody is alerted.</summary>
    public bool IsDryRun { get; init; }

    public bool Json { get; init; }

    /// <summary>Every fault of the options.</summary>
    public IEnumerable<string> FindFaults(int replicas)
    {
        foreach (var name in Only.Where(static name => !Enum.TryParse<VerifyArea>(name, ignoreCase: true, out var area) || area == VerifyArea.Cache))
        {
            yield return $"--only {name} is none of checksums, catalog, index, links";
        }

        if (Cache && (Replica is not null || Only.Count > 0 || Under is not null))
        {
            yield return "--cache goes with none of --replica, --only, --under";
        }

        if (Replica is { } replica && (replica < 0 || replica >= replicas))
        {
            yield return $"--replica {replica} is not there: Bucket:Replicas has {replicas}";
        }

        if (Under is { } under && !under.EndsWith('/'))
        {
            yield return "--under must be a directory's key with a slash at its end, such as nodejs/release/v22.1.0/";
        }

        if (BytesPerSecond <= 0 || RequestsPerSecond <= 0)
        {
            yield return "--bytes-per-second and --requests-per-second must be above 0";
        }
    }
}
