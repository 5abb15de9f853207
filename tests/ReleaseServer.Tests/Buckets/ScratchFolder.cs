namespace ReleaseServer.Tests.Buckets;

/// <summary>A directory for one test, removed after it.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("release-server-").FullName;

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
