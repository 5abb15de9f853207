namespace ReleaseServer.Releases;

/// <summary>One difference between the index that is there and the new one; a line in the manner of a diff.</summary>
/// <param name="Before">Null for a version that is new.</param>
/// <param name="After">Null for a version that goes.</param>
internal sealed record IndexChange(IndexEntry? Before, IndexEntry? After)
{
    public string Version => (After ?? Before)!.Version;

    public override string ToString() => (Before, After) switch
    {
        (null, { } added) => $"+ {added.Version} of {added.DateText}: {string.Join(", ", Describe(added))}",
        ({ } gone, null) => $"- {gone.Version}",
        var (before, after) => $"~ {Version}: {string.Join(", ", Differences(before!, after!))}",
    };

    private static IEnumerable<string> Describe(IndexEntry entry) =>
    [
        $"{entry.Files.Count} files",
        .. entry.Values.Where(static value => value.Value is not null).Select(static value => $"{value.Name} {value.Value}"),
        .. entry.Security ? new[] { "security" } : [],
    ];

    private static IEnumerable<string> Differences(IndexEntry before, IndexEntry after)
    {
        if (before.Date != after.Date)
        {
            yield return $"date {before.DateText} -> {after.DateText}";
        }

        foreach (var token in after.Files.Except(before.Files, StringComparer.Ordinal))
        {
            yield return $"files +{token}";
        }

        foreach (var token in before.Files.Except(after.Files, StringComparer.Ordinal))
        {
            yield return $"files -{token}";
        }

        foreach (var ((name, was), (_, now)) in before.Values.Zip(after.Values))
        {
            if (was != now)
            {
                yield return $"{name} {was ?? "-"} -> {now ?? "-"}";
            }
        }

        if (before.Security != after.Security)
        {
            yield return $"security {(before.Security ? "true" : "false")} -> {(after.Security ? "true" : "false")}";
        }
    }
}

/// <summary>An index that was built, or all reasons why it was not.</summary>
/// <param name="Faults">Each names the version and the field, or the row of the index that is there. With any, there are no documents.</param>
internal sealed record IndexBuild(IReadOnlyList<string> Faults)
{
    /// <summary>Newest first.</summary>
    public IReadOnlyList<IndexEntry> Entries { get; init; } = [];

    /// <summary>By version, newest first.</summary>
    public IReadOnlyList<IndexChange> Changes { get; init; } = [];

    /// <summary>What a person may want to know and no fault: artifacts that could not be read, directories left out.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Versions whose artifacts were read.</summary>
    public int Read { get; init; }

    /// <summary>The new <c>index.json</c>; empty with faults.</summary>
    public ReadOnlyMemory<byte> Json { get; init; }

    /// <summary>The new <c>index.tab</c>; empty with faults.</summary>
    public ReadOnlyMemory<byte> Tab { get; init; }

    public bool IsGood => Faults.Count == 0;
}
