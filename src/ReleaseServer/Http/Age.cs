using System.Globalization;

namespace ReleaseServer.Http;

/// <summary>Values of the <c>Age</c> field (RFC 9111 §5.1): whole seconds.</summary>
internal static class Age
{
    /// <summary>Ages told on the hot path end about here: files that cannot change are told to be half an hour old at most.</summary>
    private const int Ready = 4096;

    private static readonly string?[] Values = new string?[Ready];

    public static string ValueOf(TimeSpan age)
    {
        var seconds = Math.Max(0, age.Ticks / TimeSpan.TicksPerSecond);

        // Two threads may both make a string; either will do.
        return seconds < Ready ? Values[seconds] ??= Format(seconds) : Format(seconds);
    }

    private static string Format(long seconds) => seconds.ToString(CultureInfo.InvariantCulture);
}
