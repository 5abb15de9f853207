using System.Globalization;
using System.Text.RegularExpressions;
using ReleaseServer.Load.Processes;

namespace ReleaseServer.Load.Clients;

/// <summary>Runs h2load with one thread: 8 connections of clear-text HTTP/2 with 8 streams each.</summary>
internal static partial class H2Load
{
    /// <exception cref="InvalidOperationException">Answers were errors, or connections failed.</exception>
    public static async Task<ToolResult> RunAsync(Uri address, int seconds, CancellationToken cancellationToken)
    {
        string[] arguments = ["-t1", "-c8", "-m8", string.Create(CultureInfo.InvariantCulture, $"-D{seconds}"), address.AbsoluteUri];
        var output = await ChildProcess.RunAsync("h2load", arguments, mustSucceed: true, [], cancellationToken);
        var result = ResultLine().Match(output);
        var done = result.Success ? long.Parse(result.Groups["done"].ValueSpan, CultureInfo.InvariantCulture) : 0;
        return done > 0 && result.Groups["failed"].Value == "0"
            ? new ToolResult(done, 0, seconds)
            : throw new InvalidOperationException($"h2load {address}: not every answer was right\n{output}");
    }

    [GeneratedRegex(@"^requests: \d+ total, \d+ started, (?<done>\d+) done, \d+ succeeded, (?<failed>\d+) failed", RegexOptions.Multiline)]
    private static partial Regex ResultLine();
}
