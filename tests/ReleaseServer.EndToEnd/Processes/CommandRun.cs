using System.Diagnostics;

namespace ReleaseServer.EndToEnd.Processes;

/// <summary>A command that ran to its end.</summary>
/// <param name="Name">Its program, for messages.</param>
/// <param name="ExitCode">Zero where it worked.</param>
/// <param name="Output">All of its standard output, as UTF-8.</param>
/// <param name="Error">All of its standard error, as UTF-8.</param>
internal sealed record CommandRun(string Name, int ExitCode, string Output, string Error)
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Runs a command in <paramref name="directory"/>, which is its home too, so that no configuration of this machine's user
    /// reaches it. It is killed, with its children, when its time is over or the test is cancelled.
    /// </summary>
    /// <param name="longest">A minute where nothing is said.</param>
    public static async Task<CommandRun> StartAsync(
        string program,
        string directory,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        TimeSpan? longest = null)
    {
        var time = longest ?? Usual;
        using var process = new Process { StartInfo = Describe(program, directory, arguments, environment) };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(time);
        process.Start();
        process.StandardInput.Close();

        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new CommandRun(Path.GetFileName(program), process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{Path.GetFileName(program)} did not end within {time.TotalSeconds} s");
        }
    }

    /// <summary>Asserts the exit code; the message shows what the command printed.</summary>
    public CommandRun Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"{Name} exited with {ExitCode}, not {exitCode}\n--- output\n{Output}\n--- error\n{Error}");
        return this;
    }

    /// <summary>Start information with an environment of its own: search path, home and locale, nothing else.</summary>
    internal static ProcessStartInfo Describe(
        string program,
        string directory,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var inherited = new[] { "PATH", "DOTNET_ROOT" }
            .Select(name => (Name: name, Value: Environment.GetEnvironmentVariable(name)))
            .Where(variable => variable.Value is not null)
            .ToArray();
        start.Environment.Clear();
        foreach (var (name, value) in inherited)
        {
            start.Environment[name] = value;
        }

        start.Environment["HOME"] = directory;
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["TZ"] = "UTC";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return start;
    }
}
