namespace ReleaseServer.EndToEnd.Processes;

/// <summary>Places in the source tree, found upward from the test assembly.</summary>
internal static class Repository
{
    /// <summary>The directory of <c>ReleaseServer.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The configuration that this test assembly was built in: <c>Debug</c> or <c>Release</c>.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    /// <summary>The built server, in the same configuration.</summary>
    public static string ServerAssembly { get; } =
        Path.Combine(Root, "src", "ReleaseServer", "bin", Configuration, "net10.0", "ReleaseServer.dll");

    /// <summary>The built load tests, which hold the stand-in for a bucket.</summary>
    public static string LoadAssembly { get; } =
        Path.Combine(Root, "tests", "ReleaseServer.Load", "bin", Configuration, "net10.0", "ReleaseServer.Load.dll");

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "ReleaseServer.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException($"No ReleaseServer.sln above {AppContext.BaseDirectory}");
    }
}
