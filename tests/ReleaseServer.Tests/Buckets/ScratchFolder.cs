namespace ReleaseServer.Tests.Buckets;

/// <summary>A directory for one test, removed after it.</summary>
/// <param name="parent">Where to make it; null for the directory for temporary files.</param>
internal sealed class ScratchFolder(string? parent = null) : IDisposable
{
    public string Path { get; } = parent is null
        ? Directory.CreateTempSubdirectory("release-server-").FullName
        : Directory.CreateDirectory(System.IO.Path.Join(parent, $"release-server-{Guid.NewGuid():n}")).FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    /// <summary>Writes a file, with the directories above it.</summary>
    /// <returns>Its whole path.</returns>
    public string Write(string name, string content)
    {
        var path = In(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    /// <summary>The whole path of what is called so in the directory.</summary>
    public string In(string name) => System.IO.Path.Join(Path, name);
}
