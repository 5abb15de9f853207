using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace ReleaseServer.Downloads;

/// <summary>How often something was downloaded.</summary>
/// <param name="Country">Two letters or digits; empty where it is not known.</param>
/// <param name="Downloads">Whole files sent.</param>
/// <param name="Bytes">Bytes sent, of parts and broken downloads too.</param>
internal sealed record DownloadRow(string Channel, string Version, string Platform, string Country, long Downloads, long Bytes)
{
    public (string Channel, string Version, string Platform, string Country) Name => (Channel, Version, Platform, Country);
}

/// <summary>The table of one day as a file: CSV with a head, sorted.</summary>
internal static class DownloadTable
{
    private const string Head = "channel,version,platform,country,downloads,bytes";

    public static byte[] Write(IEnumerable<DownloadRow> rows)
    {
        var text = new StringBuilder(Head).Append('\n');
        foreach (var row in rows.OrderBy(static row => row.Name))
        {
            text.Append(CultureInfo.InvariantCulture, $"{row.Channel},{row.Version},{row.Platform},{row.Country},{row.Downloads},{row.Bytes}\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <exception cref="FormatException">It is no such table; the message names the line.</exception>
    public static IReadOnlyList<DownloadRow> Read(ReadOnlySpan<byte> content)
    {
        var lines = Encoding.ASCII.GetString(content).Split('\n');
        if (lines[0] != Head || lines[^1].Length > 0)
        {
            throw new FormatException($"line 1 is not '{Head}', or the last line has no end");
        }

        return [.. lines[1..^1].Select(static (line, i) => Parse(line) ?? throw new FormatException($"line {i + 2} is no row: '{line}'"))];
    }

    /// <summary>One table of several: what has the same name is added up.</summary>
    public static IReadOnlyList<DownloadRow> Merge(IEnumerable<DownloadRow> rows) =>
    [
        .. rows.GroupBy(static row => row.Name).Select(static same => same.First() with
        {
            Downloads = same.Sum(static row => row.Downloads),
            Bytes = same.Sum(static row => row.Bytes),
        }),
    ];

    private static DownloadRow? Parse(string line) =>
        line.Split(',') is [var channel, var version, var platform, var country, var downloads, var bytes]
        && long.TryParse(downloads, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        && long.TryParse(bytes, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? new DownloadRow(channel, version, platform, country, count, length)
            : null;
}

/// <summary>What one day has counted so far. Safe for concurrent use.</summary>
internal sealed class DownloadCounts(DateOnly day)
{
    /// <summary>Rows of one day; what more there is counts as "other".</summary>
    private const int MostRows = 100_000;

    private readonly ConcurrentDictionary<(DownloadName Name, ushort Country), Cell> _cells = new();
    private long _changes;

    public DateOnly Day => day;

    /// <summary>When it is over, in ticks of UTC.</summary>
    public long EndsAt { get; } = day.AddDays(1).ToDateTime(TimeOnly.MinValue).Ticks;

    /// <summary>Rises with each count.</summary>
    public long Changes => Interlocked.Read(ref _changes);

    /// <param name="country">Two ASCII characters, the first in the higher byte; 0 where it is not known.</param>
    public void Add(DownloadName name, ushort country, long downloads, long bytes)
    {
        if (!_cells.TryGetValue((name, country), out var cell))
        {
            // Count locks all of the dictionary, but only what is new comes here.
            var key = _cells.Count < MostRows ? (name, country) : (DownloadName.Others, (ushort)0);
            cell = _cells.GetOrAdd(key, static _ => new Cell());
        }

        Interlocked.Add(ref cell.Downloads, downloads);
        Interlocked.Add(ref cell.Bytes, bytes);
        Interlocked.Increment(ref _changes);
    }

    public IReadOnlyList<DownloadRow> Rows() =>
    [
        .. _cells.Select(static pair => new DownloadRow(
            pair.Key.Name.Channel,
            pair.Key.Name.Version,
            pair.Key.Name.Platform,
            TextOf(pair.Key.Country),
            Interlocked.Read(ref pair.Value.Downloads),
            Interlocked.Read(ref pair.Value.Bytes))),
    ];

    /// <summary>A country as it is counted; 0 for what is no two letters or digits.</summary>
    public static ushort CountryOf(string? text) =>
        text is [var first, var second] && char.IsAsciiLetterOrDigit(first) && char.IsAsciiLetterOrDigit(second)
            ? (ushort)((char.ToUpperInvariant(first) << 8) | char.ToUpperInvariant(second))
            : (ushort)0;

    private static string TextOf(ushort country) => country == 0 ? "" : new string([(char)(country >> 8), (char)(country & 0xFF)]);

    private sealed class Cell
    {
        public long Downloads;
        public long Bytes;
    }
}
