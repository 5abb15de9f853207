using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace ReleaseServer.EndToEnd.Processes;

/// <summary>A program that runs beside the tests until it is told to end; it says in a line of its output that it is ready.</summary>
internal sealed class Daemon : IAsyncDisposable
{
    private const int TerminateSignal = 15;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource<Match> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;
    private readonly Regex _readyLine;

    private Daemon(ProcessStartInfo start, Regex readyLine)
    {
        _readyLine = readyLine;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException($"{Name} ended before it was ready"));
    }

    /// <summary>What the program has printed so far, both streams.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    public int ProcessId => _process.Id;

    private string Name => Path.GetFileName(_process.StartInfo.FileName);

    /// <summary>Starts a program and awaits its ready line.</summary>
    /// <param name="start">From <see cref="CommandRun.Describe"/>.</param>
    /// <param name="readyLine">What the ready line contains.</param>
    /// <param name="keepsInput">Whether its input stays open for as long as this process lives, for programs that end with it.</param>
    /// <returns>The running program and the match in its ready line.</returns>
    /// <exception cref="InvalidOperationException">It ended, or did not get ready in 30 s; the message holds its log.</exception>
    public static async Task<(Daemon Daemon, Match ReadyLine)> StartAsync(ProcessStartInfo start, Regex readyLine, bool keepsInput = false)
    {
        var daemon = new Daemon(start, readyLine);
        daemon._process.Start();
        if (!keepsInput)
        {
            daemon._process.StandardInput.Close();
        }

        daemon._process.BeginOutputReadLine();
        daemon._process.BeginErrorReadLine();
        try
        {
            return (daemon, await daemon._ready.Task.WaitAsync(Longest));
        }
        catch (Exception exception) when (exception is TimeoutException or InvalidOperationException)
        {
            await using (daemon)
            {
                daemon.Kill();
                await daemon.AwaitEndAsync();
            }

            throw new InvalidOperationException($"{daemon.Name} did not get ready: {exception.Message}\n{daemon.Log}", exception);
        }
    }

    /// <summary>Asks the program to end (SIGTERM) and awaits it; kills it, and throws, when it does not end in 30 s.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        if (!_process.HasExited && SendSignal(_process.Id, TerminateSignal) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        try
        {
            await AwaitEndAsync();
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            Kill();
            throw new TimeoutException($"{Name} did not end within {Longest.TotalSeconds} s of SIGTERM\n{Log}");
        }
    }

    /// <summary>Kills the program (SIGKILL), which gets no chance to tidy up, and awaits its end.</summary>
    public Task KillAsync()
    {
        Kill();
        return AwaitEndAsync();
    }

    public ValueTask DisposeAsync()
    {
        Kill();
        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);

    // The end of its output included, so that the log is whole.
    private async Task AwaitEndAsync()
    {
        using var limit = new CancellationTokenSource(Longest);
        await _process.WaitForExitAsync(limit.Token);
    }

    private void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_log)
        {
            _log.AppendLine(line);
        }

        if (_readyLine.Match(line) is { Success: true } match)
        {
            _ready.TrySetResult(match);
        }
    }
}
