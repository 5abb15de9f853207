namespace ReleaseServer.Telemetry;

/// <summary>Names as Prometheus has them: words with underscores, the unit behind them, and <c>_total</c> behind a counter.</summary>
internal static class MetricName
{
    /// <param name="name">Words with dots between.</param>
    /// <param name="unit">Of the instrument: <c>s</c> and <c>By</c> become words; anything else is not told.</param>
    public static string Of(string name, string? unit, bool isCounter)
    {
        var text = name.Replace('.', '_');
        var suffix = unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        if (!text.EndsWith(suffix, StringComparison.Ordinal))
        {
            text += suffix;
        }

        return isCounter && !text.EndsWith("_total", StringComparison.Ordinal) ? text + "_total" : text;
    }
}
