namespace ReleaseServer.EndToEnd.Sites;

/// <summary>The tree as it was on the origin's disk: the bucket's files, and a symbolic link for each link.</summary>
internal static class SymlinkedTree
{
    /// <summary>Copies a folder bucket, links included.</summary>
    /// <param name="bucket">The folder bucket; it holds no symbolic link.</param>
    /// <param name="destination">Where the tree shall be; absent before.</param>
    public static void Create(string bucket, string destination)
    {
        ReleaseTree.Copy(bucket, destination);
        var links = ReleaseLinks.Plan(destination).ToArray();
        // Before the links: the date of a directory is that of the newest object beneath it, links not followed.
        foreach (var (name, target) in links)
        {
            var path = Path.Combine(destination, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (Directory.Exists(Path.Combine(destination, target)))
            {
                Directory.CreateSymbolicLink(path, Path.Combine(destination, target));
            }
            else
            {
                File.CreateSymbolicLink(path, Path.Combine(destination, target));
            }
        }

        DateDirectory(new DirectoryInfo(destination));
    }

    private static DateTime DateDirectory(DirectoryInfo directory)
    {
        var newest = DateTime.UnixEpoch;
        foreach (var entry in directory.EnumerateFileSystemInfos())
        {
            if (entry.LinkTarget is not null)
            {
                continue;
            }

            var modified = entry is DirectoryInfo below ? DateDirectory(below) : entry.LastWriteTimeUtc;
            newest = modified > newest ? modified : newest;
        }

        directory.LastWriteTimeUtc = newest;
        return newest;
    }
}
