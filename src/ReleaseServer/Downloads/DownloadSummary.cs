using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ReleaseServer.Downloads;

/// <summary>What was counted of one name on one day, or over several.</summary>
internal readonly record struct DownloadSum(long Downloads, long Bytes)
{
    public static DownloadSum operator +(DownloadSum one, DownloadSum other) => new(one.Downloads + other.Downloads, one.Bytes + other.Bytes);
}

/// <summary>One table each by day, version, platform, channel and country, made of the tables of all days. Not safe for concurrent use.</summary>
internal sealed class DownloadSummary
{
    /// <summary>Days that the JSON, and the page, tell of by name.</summary>
    private const int RecentDays = 30;

    private readonly SortedDictionary<string, DownloadSum> _days = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<(string Day, string Name), DownloadSum>> _tables = Names.ToDictionary(static name => name, static _ => new Dictionary<(string, string), DownloadSum>());

    /// <summary>The tables there are beside that of days.</summary>
    public static IReadOnlyList<string> Names { get; } = ["version", "platform", "channel", "country"];

    public IReadOnlyDictionary<string, DownloadSum> Days => _days;

    public void Add(string day, IEnumerable<DownloadRow> rows)
    {
        _days.TryAdd(day, default);
        foreach (var row in rows)
        {
            var sum = new DownloadSum(row.Downloads, row.Bytes);
            _days[day] += sum;
            Add("version", row.Version);
            Add("platform", row.Platform);
            Add("channel", row.Channel);
            Add("country", row.Country.Length == 0 ? "unknown" : row.Country);

            void Add(string table, string name) => _tables[table][(day, name)] = _tables[table].GetValueOrDefault((day, name)) + sum;
        }
    }

    /// <summary>Names with what was counted in the last days there are counts of, the most first.</summary>
    public IReadOnlyList<(string Name, DownloadSum Sum)> Recent(string table)
    {
        var recent = _days.Keys.TakeLast(RecentDays).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. _tables[table].Where(pair => recent.Contains(pair.Key.Day)).GroupBy(static pair => pair.Key.Name)
                .Select(static same => (same.Key, same.Aggregate(default(DownloadSum), static (sum, pair) => sum + pair.Value)))
                .OrderByDescending(static pair => pair.Item2.Downloads).ThenBy(static pair => pair.Key, StringComparer.Ordinal),
        ];
    }

    /// <summary>CSV: <c>day,downloads,bytes</c>.</summary>
    public byte[] WriteDays() => Csv("day,downloads,bytes", _days.Select(static pair => (pair.Key, pair.Value)));

    /// <summary>CSV: <c>day,NAME,downloads,bytes</c>.</summary>
    public byte[] WriteTable(string table) => Csv($"day,{table},downloads,bytes", _tables[table]
        .OrderBy(static pair => pair.Key.Day, StringComparer.Ordinal).ThenBy(static pair => pair.Key.Name, StringComparer.Ordinal)
        .Select(static pair => ($"{pair.Key.Day},{pair.Key.Name}", pair.Value)));

    /// <summary>All days, and of each table the names of the last 30 days.</summary>
    public byte[] WriteJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            WriteAll("days", "day", _days.Select(static pair => (pair.Key, pair.Value)));
            foreach (var table in Names)
            {
                WriteAll(table, "name", Recent(table));
            }

            json.WriteEndObject();

            void WriteAll(string name, string label, IEnumerable<(string Name, DownloadSum Sum)> rows)
            {
                json.WriteStartArray(name);
                foreach (var (text, sum) in rows)
                {
                    json.WriteStartObject();
                    json.WriteString(label, text);
                    json.WriteNumber("downloads", sum.Downloads);
                    json.WriteNumber("bytes", sum.Bytes);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private static byte[] Csv(string head, IEnumerable<(string Name, DownloadSum Sum)> rows)
    {
        var text = new StringBuilder(head).Append('\n');
        foreach (var (name, sum) in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name},{sum.Downloads},{sum.Bytes}\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
