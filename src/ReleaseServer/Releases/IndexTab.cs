using System.Text;

namespace ReleaseServer.Releases;

/// <summary>Writes and reads <c>index.tab</c>: the rows of <c>index.json</c>, tab separated, beneath a row of names.</summary>
/// <remarks>A dash stands for what is missing, empty or false.</remarks>
internal static class IndexTab
{
    public const string FileName = "index.tab";

    private const string Names = "version\tdate\tfiles\tnpm\tv8\tuv\tzlib\topenssl\tmodules\tlts\tsecurity";
    private const string Nothing = "-";

    public static byte[] Write(IEnumerable<IndexEntry> entries)
    {
        var text = new StringBuilder(Names).Append('\n');
        foreach (var entry in entries)
        {
            text.AppendJoin('\t', Cells(entry)).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Adds a fault for each row of a document that does not say what an entry says.</summary>
    /// <remarks>A dash and <c>false</c> in the last column mean the same: both are about.</remarks>
    public static void Compare(ReadOnlySpan<byte> utf8, IReadOnlyList<IndexEntry> entries, ICollection<string> faults)
    {
        var lines = Encoding.UTF8.GetString(utf8).TrimEnd('\n').Split('\n');
        if (lines[0].TrimEnd('\r') != Names)
        {
            faults.Add($"{FileName}: the first line is not the row of names");
            return;
        }

        var rows = lines.Skip(1).Select(static line => line.TrimEnd('\r').Split('\t')).GroupBy(static row => row[0], StringComparer.Ordinal)
            .ToDictionary(static rows => rows.Key, static rows => rows.First(), StringComparer.Ordinal);
        if (rows.Count != lines.Length - 1)
        {
            faults.Add($"{FileName}: a version is there twice");
        }

        foreach (var entry in entries)
        {
            if (!rows.Remove(entry.Version, out var row))
            {
                faults.Add($"{FileName}: {entry.Version} is missing");
            }
            else if (!row.Select(static cell => cell == "false" ? Nothing : cell).SequenceEqual(Cells(entry), StringComparer.Ordinal))
            {
                faults.Add($"{FileName}: {entry.Version} says something else than in {IndexJson.FileName}");
            }
        }

        foreach (var version in rows.Keys)
        {
            faults.Add($"{FileName}: {version} is not in {IndexJson.FileName}");
        }
    }

    /// <summary>What a document knows that entries do not: versions, and cells that would become a dash.</summary>
    public static IEnumerable<(string Version, string Lost)> FindLosses(
        ReadOnlySpan<byte> utf8, IReadOnlyDictionary<string, IndexEntry> entries, ICollection<string> faults)
    {
        var lines = Encoding.UTF8.GetString(utf8).TrimEnd('\n').Split('\n');
        var names = Names.Split('\t');
        if (lines[0].TrimEnd('\r') != Names)
        {
            faults.Add($"{FileName}: the first line is not the row of names; remove the document, if {IndexJson.FileName} has all that it knows");
            return [];
        }

        var losses = new List<(string, string)>();
        foreach (var row in lines.Skip(1).Select(static line => line.TrimEnd('\r').Split('\t')))
        {
            if (!entries.TryGetValue(row[0], out var entry))
            {
                losses.Add((row[0], "the version"));
                continue;
            }

            foreach (var ((name, was), now) in names.Zip(row).Zip(Cells(entry)))
            {
                // lts and security may become false where a person says so; the JSON form decides on them.
                if (was is not (Nothing or "false") && now == Nothing && name is not ("lts" or "security"))
                {
                    losses.Add((row[0], $"{name} {was}"));
                }
            }
        }

        return losses;
    }

    private static IEnumerable<string> Cells(IndexEntry entry) =>
    [
        entry.Version,
        entry.DateText,
        entry.Files.Count == 0 ? Nothing : string.Join(',', entry.Files),
        .. entry.Values.Select(static value => value.Value ?? Nothing),
        entry.Security ? "true" : Nothing,
    ];
}
