namespace ReleaseServer.Releases;

/// <summary>Whether a version is of a line with long-term support.</summary>
/// <param name="Codename">Of the line, such as <c>Jod</c>; null for a version without.</param>
internal readonly record struct LtsStatus(string? Codename)
{
    public static readonly LtsStatus None;

    public override string ToString() => Codename ?? "false";
}

/// <summary>What is known of a version beside its files: read from its artifacts, or given by a person. Null is what is not known.</summary>
internal sealed record VersionFacts
{
    public static readonly VersionFacts None = new();

    public DateOnly? Date { get; init; }

    public string? Npm { get; init; }

    public string? V8 { get; init; }

    public string? Uv { get; init; }

    public string? Zlib { get; init; }

    public string? OpenSsl { get; init; }

    /// <summary>NODE_MODULE_VERSION, decimal.</summary>
    public string? Modules { get; init; }

    public LtsStatus? Lts { get; init; }

    /// <summary>Whether the release mends a vulnerability. No artifact says so.</summary>
    public bool? Security { get; init; }

    /// <summary>These facts, and where they say nothing, those of another.</summary>
    public VersionFacts Or(VersionFacts other) => new()
    {
        Date = Date ?? other.Date,
        Npm = Npm ?? other.Npm,
        V8 = V8 ?? other.V8,
        Uv = Uv ?? other.Uv,
        Zlib = Zlib ?? other.Zlib,
        OpenSsl = OpenSsl ?? other.OpenSsl,
        Modules = Modules ?? other.Modules,
        Lts = Lts ?? other.Lts,
        Security = Security ?? other.Security,
    };
}
