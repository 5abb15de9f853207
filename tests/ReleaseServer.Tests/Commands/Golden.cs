namespace ReleaseServer.Tests.Commands;

/// <summary>Texts that people see, kept in <c>Commands/Golden</c> for reading and review.</summary>
internal static class Golden
{
    /// <summary>Compares with the file, but writes it where the environment says <c>UPDATE_GOLDEN=1</c>.</summary>
    public static void Equal(string file, string text)
    {
        var path = Path.Combine(Repository.Root, "tests", "ReleaseServer.Tests", "Commands", "Golden", file);

        // Lines end without spaces in the repository, whatever a table or a help text pads them with.
        var trimmed = string.Join('\n', text.Split('\n').Select(line => line.TrimEnd())).TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, trimmed);
        }

        Assert.Equal(File.ReadAllText(path), trimmed);
    }
}
