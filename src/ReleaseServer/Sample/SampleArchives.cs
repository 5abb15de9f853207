using System.Formats.Tar;
using System.IO.Compression;

namespace ReleaseServer.Sample;

/// <summary>Writes archives whose bytes depend on nothing but their members: no clock, no owner, no order of a file system.</summary>
internal static class SampleArchives
{
    private const UnixFileMode FileMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode ProgramMode =
        FileMode | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>A POSIX ustar archive; directories are added before what they hold.</summary>
    public static byte[] Tar(string root, IEnumerable<ArchiveMember> members, DateTimeOffset modified)
    {
        using var output = new MemoryStream();
        using (var tar = new TarWriter(output, TarEntryFormat.Ustar, leaveOpen: true))
        {
            var directories = new HashSet<string>(StringComparer.Ordinal);
            foreach (var member in members)
            {
                var path = $"{root}/{member.Path}";
                for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
                {
                    if (directories.Add(path[..slash]))
                    {
                        Write(tar, new UstarTarEntry(TarEntryType.Directory, path[..(slash + 1)]), ProgramMode, modified);
                    }
                }

                WriteMember(tar, path, member, modified);
            }
        }

        return output.ToArray();
    }

    /// <summary>GZipStream leaves the header's MTIME zero, which RFC 1952 §2.3.1 reads as "no time stamp".</summary>
    public static byte[] Gzip(byte[] content)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return output.ToArray();
    }

    public static byte[] Zip(string root, IEnumerable<ArchiveMember> members, DateTimeOffset modified)
    {
        using var output = new MemoryStream();
        using (var zip = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var member in members)
            {
                var entry = zip.CreateEntry($"{root}/{member.Path}", CompressionLevel.Optimal);
                entry.LastWriteTime = modified;
                using var content = entry.Open();
                content.Write(member.Content);
            }
        }

        return output.ToArray();
    }

    private static void WriteMember(TarWriter tar, string path, ArchiveMember member, DateTimeOffset modified)
    {
        if (member.Target is { } target)
        {
            Write(tar, new UstarTarEntry(TarEntryType.SymbolicLink, path) { LinkName = target }, ProgramMode, modified);
            return;
        }

        using var content = new MemoryStream(member.Content, writable: false);
        var entry = new UstarTarEntry(TarEntryType.RegularFile, path) { DataStream = content };
        Write(tar, entry, member.IsExecutable ? ProgramMode : FileMode, modified);
    }

    private static void Write(TarWriter tar, UstarTarEntry entry, UnixFileMode mode, DateTimeOffset modified)
    {
        entry.Mode = mode;
        entry.ModificationTime = modified;
        entry.UserName = "root";
        entry.GroupName = "root";
        tar.WriteEntry(entry);
    }
}
