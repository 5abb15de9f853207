using ReleaseServer.Caching;

namespace ReleaseServer.Site;

/// <summary>Turns tags of links into those of what the links lead to: caches hold objects by their own keys, whatever path led there.</summary>
internal static class LinkTags
{
    /// <summary>The same purge with each <c>link:</c> in it replaced, and no tag twice; a link that is not there names nothing.</summary>
    public static CachePurge Expand(CachePurge purge, LinkTable links)
    {
        if (!purge.Tags.Any(static tag => tag.Kind == SurrogateKey.Link))
        {
            return purge;
        }

        var tags = new List<SurrogateKey>(purge.Tags.Count);
        foreach (var tag in purge.Tags)
        {
            if (tag.Kind != SurrogateKey.Link)
            {
                tags.Add(tag);
            }
            else if (TargetOf(tag.Value, links) is { } target)
            {
                tags.Add(target);
            }
        }

        return purge with { Tags = [.. tags.Distinct()] };
    }

    /// <summary>The tag of what a link leads to; null where there is no such link.</summary>
    public static SurrogateKey? TargetOf(string name, LinkTable links)
    {
        if (!links.TryGet(name, out var link))
        {
            return null;
        }

        var target = links.Resolve(link.Target);
        return link.IsDirectory ? new SurrogateKey(SurrogateKey.Directory, target + "/") : new SurrogateKey(SurrogateKey.Key, target);
    }
}
