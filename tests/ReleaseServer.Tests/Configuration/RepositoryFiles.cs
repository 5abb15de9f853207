namespace ReleaseServer.Tests.Configuration;

/// <summary>Finds files of the repository from the directory the tests run in.</summary>
internal static class RepositoryFiles
{
    public static string Find(string relativePath)
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "ReleaseServer.sln")))
            {
                return Path.Combine(directory.FullName, relativePath);
            }
        }

        throw new InvalidOperationException("The tests run outside of the repository.");
    }
}
