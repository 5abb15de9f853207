using System.Globalization;
using System.Text.RegularExpressions;
using ReleaseServer.Load.Processes;

namespace ReleaseServer.Load.Report;

/// <summary>Says when, where and of what a report is.</summary>
internal static partial class Conditions
{
    public static async Task<string> DescribeAsync(LoadOptions options, bool hasCache, CancellationToken cancellationToken)
    {
        var day = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9;
        var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        var nginx = await VersionAsync("nginx", "-v", cancellationToken);
        var wrk = await VersionAsync("wrk", "-v", cancellationToken);
        var h2load = await VersionAsync("h2load", "--version", cancellationToken);
        var extras = options.ServerEnvironment.Select(static pair => $"{pair.Key}={pair.Value}").Concat(options.ServerSettings).ToArray();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{day}, ReleaseServer {options.Revision}{(hasCache ? "" : " (without a cache)")}, {ProcessorModel()}, {Environment.ProcessorCount} cores, {memory:0} GB, ")
            + $".NET {Environment.Version}, nginx {nginx}, wrk {wrk}, h2load {h2load}; bucket: {(options.UsesRealS3 ? "Ceph RGW" : "stand-in")}; "
            + $"{options.Rounds} rounds of {options.Seconds} s; load of the machine at the end {load}; "
            + $"settings besides the defaults: {(extras.Length == 0 ? "none" : string.Join(", ", extras))}.";
    }

    private static string ProcessorModel() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
        ?? "unknown processor";

    // Some say it on standard error, and wrk ends with 1 when it does.
    private static async Task<string> VersionAsync(string program, string argument, CancellationToken cancellationToken)
    {
        var output = await ChildProcess.RunAsync(
            "sh", ["-c", $"PATH=$PATH:/usr/sbin {program} {argument} 2>&1"], mustSucceed: false, [], cancellationToken);
        return Number().Match(output).Value;
    }

    [GeneratedRegex(@"\d+\.\d+\.\d+")]
    private static partial Regex Number();
}
