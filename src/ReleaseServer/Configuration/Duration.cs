using System.Globalization;

namespace ReleaseServer.Configuration;

/// <summary>Durations as settings write them: <c>500ms</c>, <c>5s</c>, <c>2m</c>, <c>1h</c>, <c>30d</c>, <c>hh:mm:ss</c>, or <c>0</c>.</summary>
internal static class Duration
{
    // Longest suffix first: "ms" also ends in "s".
    private static readonly (string Suffix, string Word, long Ticks)[] Units =
    [
        ("ms", "ms", TimeSpan.TicksPerMillisecond),
        ("s", "s", TimeSpan.TicksPerSecond),
        ("m", "min", TimeSpan.TicksPerMinute),
        ("h", "h", TimeSpan.TicksPerHour),
        ("d", "d", TimeSpan.TicksPerDay),
    ];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        if (text == "0")
        {
            duration = TimeSpan.Zero;
            return true;
        }

        foreach (var (suffix, _, ticks) in Units)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal))
            {
                duration = default;
                if (!long.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                    || count > TimeSpan.MaxValue.Ticks / ticks)
                {
                    return false;
                }

                duration = new TimeSpan(count * ticks);
                return true;
            }
        }

        return TimeSpan.TryParseExact(text, @"hh\:mm\:ss", CultureInfo.InvariantCulture, out duration);
    }

    /// <summary>The shortest text without loss that <see cref="TryParse"/> reads back: <c>75s</c>, <c>5m</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        var (count, unit) = InLargestUnit(duration);
        return count == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"{count}{unit.Suffix}");
    }

    /// <summary>The same for sentences: <c>75 s</c>, <c>5 min</c>.</summary>
    public static string InWords(TimeSpan duration)
    {
        var (count, unit) = InLargestUnit(duration);
        return count == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"{count} {unit.Word}");
    }

    private static (long Count, (string Suffix, string Word, long Ticks) Unit) InLargestUnit(TimeSpan duration)
    {
        for (var i = Units.Length - 1; i > 0; i--)
        {
            if (duration.Ticks % Units[i].Ticks == 0)
            {
                return (duration.Ticks / Units[i].Ticks, Units[i]);
            }
        }

        return (duration.Ticks / Units[0].Ticks, Units[0]);
    }
}
