using ReleaseServer.Site;

namespace ReleaseServer.Listings;

/// <summary>Makes catalog documents of what a bucket holds. Safe for concurrent use.</summary>
/// <param name="tree">Settled, and holding everything that the links lead to.</param>
internal sealed class CatalogBuilder(ObjectTree tree, LinkTable links)
{
    public CatalogDocument Build(ObjectDirectory directory)
    {
        var files = new CatalogFile[directory.Files.Count];
        for (var i = 0; i < files.Length; i++)
        {
            var file = directory.Files[i];
            files[i] = new CatalogFile(file.Name, file.Length, file.Modified, file.EntityTag);
        }

        var directories = new List<CatalogDirectory>(directory.Directories.Count);
        foreach (var below in directory.Directories)
        {
            if (below.Modified is { } modified)
            {
                directories.Add(new CatalogDirectory(below.Name, modified));
            }
        }

        var marker = directory.Marker is { } found ? new CatalogMarker(found.Modified, found.EntityTag) : null;
        return new CatalogDocument(
            CatalogDocument.CurrentFormat, directory.Key, directory.Modified, files, directories, BuildLinks(directory.Key), marker);
    }

    // A link that leads nowhere has no facts; the reader looks again, because its target may come later.
    private List<CatalogLink> BuildLinks(string directory)
    {
        var facts = new List<CatalogLink>();
        foreach (var link in links.In(directory))
        {
            var name = link.Name[directory.Length..];
            var target = links.Resolve(link.Target);
            if (link.IsDirectory)
            {
                if (tree.TryGet(target + "/", out var found) && found.Modified is { } modified)
                {
                    facts.Add(new CatalogLink(name, target, Directory: true, modified));
                }
            }
            else
            {
                var nameStart = target.LastIndexOf('/') + 1;
                if (tree.TryGet(target[..nameStart], out var parent) && parent.FindFile(target[nameStart..]) is { } file)
                {
                    facts.Add(new CatalogLink(name, target, Directory: false, file.Modified, file.Length));
                }
            }
        }

        facts.Sort(static (left, right) => NameOrder.Compare(left.Name, right.Name));
        return facts;
    }
}
