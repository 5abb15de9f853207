using System.Runtime.CompilerServices;

namespace ReleaseServer.Tests;

/// <summary>Where the sources are, for tests that read them.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Sources => Path.Combine(Root, "src", "ReleaseServer");

    private static string Find([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));
}
