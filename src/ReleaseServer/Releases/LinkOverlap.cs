using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>Moves links in such a way that what they meant before is still found for a while. No I/O.</summary>
internal static class LinkOverlap
{
    /// <summary>What is published, with other links.</summary>
    /// <param name="before">What is published now.</param>
    /// <param name="links">All links that are to be.</param>
    /// <param name="now">UTC.</param>
    /// <param name="overlap">How long former targets are looked under; zero for not at all.</param>
    /// <returns>To be published; a move that is still fresh keeps its end.</returns>
    public static LinksDocument Move(PublishedLinks before, IReadOnlyList<Link> links, DateTimeOffset now, TimeSpan overlap)
    {
        var former = Moved(before.Table, links).Select(link => new OtherTarget(link, Until(now, overlap)));
        return before.Document with
        {
            Links = links,
            Overlap = Merge(overlap > TimeSpan.Zero ? former : [], before.Document.Overlap, links, now),
            Promoted = null,
        };
    }

    /// <summary>What is published, with targets that links will have soon: who has heard of them from a node that is ahead finds what they name.</summary>
    /// <param name="links">All links that are to be.</param>
    public static LinksDocument Announce(PublishedLinks before, IReadOnlyList<Link> links, DateTimeOffset now, TimeSpan overlap)
    {
        var published = before.Table.Links.ToDictionary(static link => link.Name, StringComparer.Ordinal);
        var coming = links
            .Where(link => !published.TryGetValue(link.Name, out var old) || old.Target != link.Target)
            .Select(link => new OtherTarget(link, Until(now, overlap)));
        return before.Document with { Overlap = Merge(coming, before.Document.Overlap, before.Document.Links, now), Promoted = null };
    }

    // Links that have another target now, or are no more, as they were.
    private static IEnumerable<Link> Moved(LinkTable before, IReadOnlyList<Link> links)
    {
        var planned = links.ToDictionary(static link => link.Name, StringComparer.Ordinal);
        return before.Links.Where(link => !planned.TryGetValue(link.Name, out var now) || now.Target != link.Target);
    }

    private static List<OtherTarget> Merge(
        IEnumerable<OtherTarget> added, IReadOnlyList<OtherTarget> known, IReadOnlyList<Link> links, DateTimeOffset now)
    {
        var targets = links.Select(static link => (link.Name, link.Target)).ToHashSet();
        return [.. added
            .Concat(known)
            .Where(row => row.Until > now && !targets.Contains((row.Link.Name, row.Link.Target)))
            .DistinctBy(static row => (row.Link.Name, row.Link.Target))];
    }

    // Documents have whole seconds; up, so that a short overlap is none at all only where that is asked for.
    private static DateTimeOffset Until(DateTimeOffset now, TimeSpan overlap) =>
        DateTimeOffset.FromUnixTimeSeconds((now + overlap).ToUnixTimeSeconds() + 1);
}
