using System.Globalization;
using System.Text.RegularExpressions;
using ReleaseServer.Load.Processes;

namespace ReleaseServer.Load.Clients;

/// <param name="Bytes">Heads included.</param>
internal sealed record ToolResult(long Requests, long Bytes, double Seconds);

/// <summary>What wrk asks for, beyond the address.</summary>
internal sealed record WrkRequest
{
    public int Connections { get; init; } = 64;

    /// <summary>A header field, <c>Name: value</c>; null for none.</summary>
    public string? Field { get; init; }

    /// <summary>Asks for ranges of so many bytes, one after the other, of an object of <see cref="Length"/>; 0 for the whole.</summary>
    public int Range { get; init; }

    public long Length { get; init; }
}

/// <summary>Runs wrk with one thread.</summary>
internal sealed partial class Wrk(string assets)
{
    /// <exception cref="InvalidOperationException">Answers were errors, or connections failed.</exception>
    public async Task<ToolResult> RunAsync(Uri address, WrkRequest request, int seconds, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            "-t1",
            string.Create(CultureInfo.InvariantCulture, $"-c{request.Connections}"),
            string.Create(CultureInfo.InvariantCulture, $"-d{seconds}s"),
            "--timeout",
            "30s",
            "-s",
            Path.Combine(assets, "request.lua"),
            address.AbsoluteUri,
        ];
        Dictionary<string, string> environment = new()
        {
            ["LOAD_FIELD"] = request.Field ?? "",
            ["LOAD_RANGE"] = request.Range.ToString(CultureInfo.InvariantCulture),
            ["LOAD_LENGTH"] = request.Length.ToString(CultureInfo.InvariantCulture),
        };
        var output = await ChildProcess.RunAsync("wrk", arguments, mustSucceed: true, environment, cancellationToken);
        var result = ResultLine().Match(output);
        // Of a large body, no answer may have been finished in time: its bytes count.
        if (!result.Success || Number(result, "errors") > 0 || Number(result, "bytes") == 0)
        {
            throw new InvalidOperationException($"wrk {address}: not every answer was right\n{output}");
        }

        return new ToolResult(Number(result, "requests"), Number(result, "bytes"), Number(result, "microseconds") / 1e6);
    }

    private static long Number(Match match, string group) => long.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    // Written by request.lua.
    [GeneratedRegex(@"^RESULT (?<requests>\d+) (?<bytes>\d+) (?<microseconds>\d+) (?<errors>\d+)$", RegexOptions.Multiline)]
    private static partial Regex ResultLine();
}
