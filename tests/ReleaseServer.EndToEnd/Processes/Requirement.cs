namespace ReleaseServer.EndToEnd.Processes;

/// <summary>What a test needs of the machine: without it the test skips, and fails where nothing may be skipped.</summary>
internal static class Requirement
{
    private static readonly bool Strict = Environment.GetEnvironmentVariable("RELEASESERVER_TEST_STRICT") == "1";

    /// <summary>Finds a program on <c>PATH</c>, or in <c>/usr/sbin</c>, where Debian keeps nginx.</summary>
    /// <exception cref="RequirementMissingException">It is not installed.</exception>
    public static string Program(string name) =>
        FindProgram(name) ?? throw new RequirementMissingException($"{name} is not installed; tests/run.sh installs what the tests need");

    /// <summary>Finds a program that npm installed from <c>tests/clients</c>, into the directory that <c>tests/run.sh</c> names.</summary>
    /// <exception cref="RequirementMissingException">It is not installed.</exception>
    public static string NpmProgram(string name)
    {
        var path = Path.Combine(Repository.Root, "tests", ".work", "clients", "node_modules", ".bin", name);
        return File.Exists(path)
            ? path
            : throw new RequirementMissingException($"the npm package of {name} is not installed; tests/run.sh installs it");
    }

    /// <summary>Reads an environment variable that a test cannot do without.</summary>
    /// <exception cref="RequirementMissingException">It is not set.</exception>
    public static string Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
            ? value
            : throw new RequirementMissingException($"{name} is not set; tests/run.sh sets it");

    /// <summary>Ends the test: as skipped, or as failed under <c>RELEASESERVER_TEST_STRICT=1</c>.</summary>
    public static void Missing(string reason)
    {
        if (Strict)
        {
            Assert.Fail($"{reason} (and RELEASESERVER_TEST_STRICT=1 allows no skip)");
        }

        Assert.Skip(reason);
    }

    private static string? FindProgram(string name) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin"
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(File.Exists);
}

/// <summary>The machine lacks what a test needs; the message says what and who installs it.</summary>
internal sealed class RequirementMissingException(string message) : Exception(message);
