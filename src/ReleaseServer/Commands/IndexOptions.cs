using ReleaseServer.Releases;

namespace ReleaseServer.Commands;

/// <summary>What the verb <c>index</c> was asked for.</summary>
internal sealed record IndexOptions
{
    /// <summary>Names of channels; none for all.</summary>
    public IReadOnlyList<string> Channels { get; init; } = [];

    /// <summary>As <c>VERSION:NAME=VALUE</c>.</summary>
    public IReadOnlyList<string> Facts { get; init; } = [];

    /// <summary>Versions that mend a vulnerability.</summary>
    public IReadOnlyList<string> Security { get; init; } = [];

    public IReadOnlyList<string> Reread { get; init; } = [];

    public bool Rebuild { get; init; }

    public bool AllowUnknown { get; init; }

    public bool DryRun { get; init; }

    public bool Json { get; init; }

    /// <summary>The facts by version; null, with every fault, where one is no fact.</summary>
    public IReadOnlyDictionary<string, VersionFacts>? ReadFacts(ICollection<string> faults)
    {
        var facts = new Dictionary<string, VersionFacts>(StringComparer.Ordinal);
        var before = faults.Count;
        foreach (var text in Facts.Concat(Security.Select(static version => $"{version}:security=true")))
        {
            var (colon, equals) = (text.IndexOf(':'), text.IndexOf('='));
            var isFact = colon > 0 && equals > colon;
            var version = isFact ? text[..colon] : "";
            var known = facts.GetValueOrDefault(version) ?? VersionFacts.None;
            if (!isFact || !FactsDocument.TrySet(ref known, text[(colon + 1)..equals], text[(equals + 1)..]))
            {
                faults.Add($"--fact {text} is no fact, such as v22.1.0:security=true or v22.1.0:npm=10.9.8");
                continue;
            }

            facts[version] = known;
        }

        return faults.Count == before ? facts : null;
    }
}
