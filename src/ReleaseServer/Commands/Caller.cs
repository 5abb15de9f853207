using System.Collections;

namespace ReleaseServer.Commands;

/// <summary>What a command gets from whoever started it, beside its arguments: the process's own, or a test's.</summary>
/// <param name="Output">Takes the command's result.</param>
/// <param name="Error">Takes what went wrong, and progress.</param>
/// <param name="ShowsProgress">Whether <paramref name="Error"/> is a terminal, where a line can be drawn over and over.</param>
/// <param name="WorkingDirectory">Absolute; relative paths start here.</param>
/// <param name="Environment">All environment variables.</param>
internal sealed record Caller(
    TextWriter Output,
    TextWriter Error,
    bool ShowsProgress,
    string WorkingDirectory,
    IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Who calls and from where, for records, such as <c>deploy@build-3</c>.</summary>
    public string Name { get; init; } = $"{System.Environment.UserName}@{System.Environment.MachineName}";

    /// <summary>Says why a command ends without having done what was asked.</summary>
    /// <returns><paramref name="exitCode"/>.</returns>
    public async Task<int> FailAsync(IEnumerable<string> lines, int exitCode)
    {
        foreach (var line in lines)
        {
            await Error.WriteLineAsync(line);
        }

        return exitCode;
    }

    public static Caller OfProcess() => new(
        Console.Out,
        Console.Error,
        !Console.IsErrorRedirected,
        System.Environment.CurrentDirectory,
        System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(pair => (string)pair.Key, pair => (string?)pair.Value ?? ""));
}
