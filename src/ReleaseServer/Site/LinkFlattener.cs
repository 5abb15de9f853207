namespace ReleaseServer.Site;

/// <summary>Makes links lead straight to what they mean, and refuses those that cannot.</summary>
internal static class LinkFlattener
{
    /// <param name="file">Name of the document, for faults.</param>
    /// <param name="links">As published; a target may itself lie behind a link.</param>
    /// <param name="faults">Gets a fault for each link that is doubled, lies beneath another link, or leads in a circle.</param>
    /// <returns>A table to be used only where no fault was added.</returns>
    public static LinkTable Flatten(string file, IReadOnlyList<Link> links, List<SiteFault> faults)
    {
        var byName = new Dictionary<string, Link>(StringComparer.Ordinal);
        for (var row = 0; row < links.Count; row++)
        {
            if (!byName.TryAdd(links[row].Name, links[row]))
            {
                faults.Add(new SiteFault(file, $"links[{row}]", $"{links[row].Name} is there twice"));
            }
        }

        for (var row = 0; row < links.Count; row++)
        {
            if (LinkAbove(links[row].Name, byName) is { } above)
            {
                faults.Add(new SiteFault(file, $"links[{row}]", $"{links[row].Name} lies beneath the link {above.Name}, where nothing can find it"));
            }
        }

        var flat = new List<Link>(links.Count);
        for (var row = 0; row < links.Count; row++)
        {
            if (Follow(links[row].Target, byName) is { } target)
            {
                flat.Add(links[row] with { Target = target });
            }
            else
            {
                faults.Add(new SiteFault(file, $"links[{row}]", $"{links[row].Name} leads in a circle"));
            }
        }

        return faults.Count > 0 ? LinkTable.Empty : new LinkTable(flat);
    }

    // Follows links in every whole segment of the key; null once it took more steps than there are links.
    private static string? Follow(string key, Dictionary<string, Link> byName)
    {
        for (var steps = 0; steps <= byName.Count; steps++)
        {
            var link = byName.GetValueOrDefault(key) ?? LinkAbove(key, byName);
            if (link is null)
            {
                return key;
            }

            key = link.Target + key[link.Name.Length..];
        }

        return null;
    }

    private static Link? LinkAbove(string key, Dictionary<string, Link> byName)
    {
        for (var end = key.LastIndexOf('/'); end > 0; end = key.LastIndexOf('/', end - 1))
        {
            if (byName.TryGetValue(key[..end], out var link))
            {
                return link;
            }
        }

        return null;
    }
}
