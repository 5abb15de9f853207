using System.Text;

namespace ReleaseServer.Sample;

/// <summary>A member of an archive.</summary>
/// <param name="Path">Below the archive's one top directory.</param>
/// <param name="Content">Empty for a link.</param>
/// <param name="IsExecutable">Mode 0755 instead of 0644.</param>
/// <param name="Target">Of a symbolic link; null for a file.</param>
internal sealed record ArchiveMember(string Path, byte[] Content, bool IsExecutable = false, string? Target = null)
{
    public static ArchiveMember Text(string path, string text) => new(path, Encoding.UTF8.GetBytes(text));

    public static ArchiveMember Program(string path, string text) => new(path, Encoding.UTF8.GetBytes(text), IsExecutable: true);

    public static ArchiveMember Link(string path, string target) => new(path, [], Target: target);
}
