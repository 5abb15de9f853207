namespace ReleaseServer.Load.Clients;

internal static class Percentiles
{
    /// <param name="share">0 to 1: 0.99 for the value that 99 of 100 do not exceed, 1 for the greatest.</param>
    /// <returns>Zero where there are no values.</returns>
    public static TimeSpan Of(IEnumerable<TimeSpan> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? TimeSpan.Zero : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length == 0 ? double.NaN
            : sorted.Length % 2 == 1 ? sorted[middle]
            : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
