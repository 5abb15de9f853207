using System.CommandLine;
using System.Globalization;
using ReleaseServer.Commands;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Commands;

/// <summary>How a command ended and what it printed, its directory shown as <c>{directory}</c>.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    public IReadOnlyList<string> OutputLines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public IReadOnlyList<string> ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Runs commands within the test's process, in a directory and an environment of their own.</summary>
internal sealed class CommandRunner : IDisposable
{
    public ScratchFolder Folder { get; } = new();

    public Dictionary<string, string> Environment { get; } = [];

    public async Task<CommandResult> RunAsync(params string[] args)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var exitCode = await CommandLine.RunAsync(args, new Caller(output, error, ShowsProgress: false, Folder.Path, Environment));
        return new CommandResult(exitCode, Tidy(output), Tidy(error));
    }

    public void Dispose() => Folder.Dispose();

    // The parser names the program after the process, which here is the tests'.
    private string Tidy(StringWriter text) => text.ToString()
        .Replace(Folder.Path, "{directory}", StringComparison.Ordinal)
        .Replace(RootCommand.ExecutableName, "ReleaseServer", StringComparison.Ordinal);
}
