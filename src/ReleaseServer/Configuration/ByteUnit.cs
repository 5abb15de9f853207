namespace ReleaseServer.Configuration;

/// <summary>Units of bytes as settings write them behind a number: <c>512KiB</c>, <c>256MiB</c>, <c>10GiB</c>, <c>1TiB</c>.</summary>
internal static class ByteUnit
{
    private static readonly (string Suffix, long Bytes)[] Units = [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40)];

    /// <summary>Takes the unit off; what is left is to be counted in <paramref name="bytes"/>, 1 where there is none.</summary>
    public static ReadOnlySpan<char> Cut(string text, out long bytes)
    {
        foreach (var unit in Units)
        {
            if (text.EndsWith(unit.Suffix, StringComparison.Ordinal))
            {
                bytes = unit.Bytes;
                return text.AsSpan(0, text.Length - unit.Suffix.Length);
            }
        }

        bytes = 1;
        return text;
    }
}
