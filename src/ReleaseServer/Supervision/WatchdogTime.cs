using System.Globalization;

namespace ReleaseServer.Supervision;

/// <summary>What the manager says of its watchdog, in the environment (sd_watchdog_enabled(3)).</summary>
internal static class WatchdogTime
{
    /// <summary>Time after which the manager takes a silent process for dead.</summary>
    /// <param name="processId">Of this process: the variables may be inherited, and meant for another.</param>
    /// <returns>Null where it does not watch this process.</returns>
    public static TimeSpan? Of(IReadOnlyDictionary<string, string> environment, int processId)
    {
        var isOurs = environment.GetValueOrDefault("WATCHDOG_PID") is not { Length: > 0 } pid
            || pid == processId.ToString(CultureInfo.InvariantCulture);
        var hasTime = long.TryParse(environment.GetValueOrDefault("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
            && microseconds is > 0 and <= long.MaxValue / 10;
        return isOurs && hasTime ? TimeSpan.FromTicks(10 * microseconds) : null;
    }
}
