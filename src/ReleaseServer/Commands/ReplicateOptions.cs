namespace ReleaseServer.Commands;

/// <summary>What the verb <c>replicate</c> was asked for.</summary>
internal sealed record ReplicateOptions
{
    /// <summary>Numbers of replicas, from 0; none for all.</summary>
    public IReadOnlyList<int> Replicas { get; init; } = [];

    public bool Full { get; init; }

    public bool Watch { get; init; }

    public bool DryRun { get; init; }

    public bool Json { get; init; }

    /// <summary>Most bytes a second, above 0; null for no limit.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Where lag and counts are written for node_exporter's textfile collector; null for nowhere.</summary>
    public string? MetricsFile { get; init; }

    /// <summary>Every fault of the options.</summary>
    public IEnumerable<string> FindFaults(int replicas)
    {
        foreach (var number in Replicas.Where(number => number < 0 || number >= replicas))
        {
            yield return $"--replica {number} is not there: Bucket:Replicas has {replicas}";
        }

        if (replicas == 0)
        {
            yield return "There is nothing to replicate to: Bucket:Replicas has 0";
        }

        if (Watch && (DryRun || Json))
        {
            yield return "--watch goes with neither --dry-run nor --json";
        }

        if (MetricsFile is not null && !Watch)
        {
            yield return "--metrics-file goes with --watch";
        }

        if (BytesPerSecond <= 0)
        {
            yield return "--bytes-per-second must be above 0";
        }
    }
}
