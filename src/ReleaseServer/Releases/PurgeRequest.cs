namespace ReleaseServer.Releases;

/// <summary>What an operator wants purged, as it was written. Immutable.</summary>
internal sealed record PurgeRequest
{
    /// <summary>Paths as in a request line; one that ends in a slash means a directory with all beneath it.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Bucket keys; one that ends in a slash means a directory with all beneath it.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Surrogate keys, not escaped, such as <c>release:v22.1.0</c>.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Everything, whatever else is named.</summary>
    public bool All { get; init; }

    /// <summary>Whether nothing old may be answered again, not even when the bucket fails.</summary>
    public bool IsHard { get; init; }

    /// <summary>Only say what would be purged.</summary>
    public bool DryRun { get; init; }
}
