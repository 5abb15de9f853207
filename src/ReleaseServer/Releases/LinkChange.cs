using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>One difference between the links that are published and those that should be.</summary>
/// <param name="Before">Target now; null for a link that is new.</param>
/// <param name="After">Target to be; null for a link that goes.</param>
internal sealed record LinkChange(string Name, string? Before, string? After)
{
    /// <summary>One line in the manner of a diff.</summary>
    public override string ToString() => (Before, After) switch
    {
        (null, _) => $"+ {Name} -> {After}",
        (_, null) => $"- {Name} -> {Before}",
        _ => $"~ {Name} -> {After} (was {Before})",
    };

    /// <summary>The changes in order of names.</summary>
    public static IReadOnlyList<LinkChange> Between(LinkTable published, IReadOnlyList<Link> planned)
    {
        var changes = new SortedDictionary<string, LinkChange>(StringComparer.Ordinal);
        foreach (var link in planned)
        {
            var before = published.TryGet(link.Name, out var old) ? old.Target : null;
            if (before != link.Target)
            {
                changes.Add(link.Name, new LinkChange(link.Name, before, link.Target));
            }
        }

        var kept = planned.Select(link => link.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in published.Links.Where(link => !kept.Contains(link.Name)))
        {
            changes.Add(gone.Name, new LinkChange(gone.Name, gone.Target, null));
        }

        return [.. changes.Values];
    }
}
