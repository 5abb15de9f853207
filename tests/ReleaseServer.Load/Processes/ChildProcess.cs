using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace ReleaseServer.Load.Processes;

/// <summary>A program that this one started, and ends. Its output goes to a file, its process id to a list for whoever cleans up after a crash.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int TerminateSignal = 15;
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);
    private readonly Process _process;
    private readonly StreamWriter _log;

    private ChildProcess(Process process, StreamWriter log)
    {
        _process = process;
        _log = log;
    }

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <param name="program">Started as such, or by <c>dotnet</c> where it is an assembly.</param>
    /// <param name="log">File for both of its output streams.</param>
    /// <param name="pids">File that gets a line with its process id and start time.</param>
    public static ChildProcess Start(
        string program,
        IEnumerable<string> arguments,
        string log,
        string pids,
        IEnumerable<KeyValuePair<string, string>> environment)
    {
        var start = Describe(program, arguments);
        start.RedirectStandardInput = true;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var child = new ChildProcess(new Process { StartInfo = start }, new StreamWriter(log, append: true));
        child._process.OutputDataReceived += (_, line) => child.Write(line.Data);
        child._process.ErrorDataReceived += (_, line) => child.Write(line.Data);
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        File.AppendAllText(pids, string.Create(CultureInfo.InvariantCulture, $"{child.Id} {ProcessFigures.StartTimeOf(child.Id)}\n"));
        return child;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It ended with another code than 0, and <paramref name="mustSucceed"/>.</exception>
    /// <returns>What it wrote to standard output.</returns>
    public static async Task<string> RunAsync(
        string program,
        IEnumerable<string> arguments,
        bool mustSucceed,
        IEnumerable<KeyValuePair<string, string>> environment,
        CancellationToken cancellationToken)
    {
        var start = Describe(program, arguments);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 || !mustSucceed
                ? output
                : throw new InvalidOperationException($"{program} ended with {process.ExitCode}:\n{output}{await errors}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>Kills it, which gets no chance to tidy up, and awaits its end.</summary>
    public Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        return _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Asks it to end, and ends it when it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        // The store ends with its input.
        _process.StandardInput.Close();
        if (!_process.HasExited)
        {
            _ = SendSignal(_process.Id, TerminateSignal);
        }

        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
        lock (_log)
        {
            _log.Dispose();
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);

    private static ProcessStartInfo Describe(string program, IEnumerable<string> arguments)
    {
        var isAssembly = program.EndsWith(".dll", StringComparison.Ordinal);
        return new ProcessStartInfo(isAssembly ? "dotnet" : program, isAssembly ? [program, .. arguments] : arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }

    private void Write(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_log)
        {
            _log.WriteLine(line);
            _log.Flush();
        }
    }
}
