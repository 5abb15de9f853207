using System.Text;

namespace ReleaseServer.Releases;

/// <summary>Holds a version's list of checksums against its files, both ways, or makes the list. No I/O.</summary>
internal sealed class ReleaseSums(PromotionRequest request)
{
    /// <summary>Whether a name must be in the list.</summary>
    public bool IsCovered(string name) =>
        !ReleaseNames.IsOfChecksums(name) && !request.Channel.Unsummed.Any(pattern => pattern.Matches(name));

    /// <param name="given">The list in staging; null where there is none.</param>
    /// <param name="published">That in production; null where there is none.</param>
    /// <param name="actual">Digests of the files in staging.</param>
    /// <param name="faults">Gets what is wrong.</param>
    /// <param name="missing">Gets what is not there yet.</param>
    /// <param name="notes">Gets what may be of interest.</param>
    /// <returns>The list to be published.</returns>
    public byte[] Check(
        ReadOnlyMemory<byte>? given,
        ReadOnlyMemory<byte>? published,
        Dictionary<string, string> actual,
        List<string> faults,
        List<string> missing,
        List<string> notes)
    {
        var known = published is { } content ? ShasumsFile.Parse(content.Span).Lines : [];
        if (given is not { } list)
        {
            var lines = actual.Where(pair => IsCovered(pair.Key)).Select(static pair => new Shasum(pair.Value, pair.Key))
                .Concat(known)
                .DistinctBy(static line => line.Name);
            notes.Add($"{ShasumsFile.FileName}: is not in staging and is made of the files");
            return Write(lines);
        }

        var parsed = ShasumsFile.Parse(list.Span);
        faults.AddRange(parsed.Faults.Select(static fault => $"{ShasumsFile.FileName}: {fault}"));
        if (parsed.Lines.Count == 0)
        {
            faults.Add($"{ShasumsFile.FileName}: names no file");
        }

        for (var i = 1; i < parsed.Lines.Count; i++)
        {
            if (string.CompareOrdinal(parsed.Lines[i - 1].Name, parsed.Lines[i].Name) > 0)
            {
                faults.Add($"{ShasumsFile.FileName}: is not sorted: '{parsed.Lines[i].Name}' stands after '{parsed.Lines[i - 1].Name}'");
                break;
            }
        }

        Compare(parsed.Lines, known, actual, faults, missing);
        return list.ToArray();
    }

    private void Compare(
        IReadOnlyList<Shasum> lines, IReadOnlyList<Shasum> known, Dictionary<string, string> actual, List<string> faults, List<string> missing)
    {
        var published = known.ToDictionary(static line => line.Name, static line => line.Sha256, StringComparer.Ordinal);
        var listed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            listed.Add(line.Name);
            if (actual.TryGetValue(line.Name, out var sha256))
            {
                if (sha256 != line.Sha256)
                {
                    faults.Add($"{line.Name}: has the sha256 {sha256}, and {ShasumsFile.FileName} says {line.Sha256}");
                }
            }
            else if (!published.TryGetValue(line.Name, out var before) || before != line.Sha256)
            {
                missing.Add($"{line.Name}: is in {ShasumsFile.FileName} and not in staging");
            }
        }

        faults.AddRange(actual.Keys.Where(name => IsCovered(name) && !listed.Contains(name)).Order(StringComparer.Ordinal)
            .Select(static name => $"{name}: is not in {ShasumsFile.FileName}"));
        faults.AddRange(published.Keys.Where(name => !listed.Contains(name)).Order(StringComparer.Ordinal)
            .Select(static name => $"{name}: is published already, and {ShasumsFile.FileName} does not name it any more"));
    }

    private static byte[] Write(IEnumerable<Shasum> lines)
    {
        var text = new StringBuilder();
        foreach (var line in lines.OrderBy(static line => line.Name, StringComparer.Ordinal))
        {
            text.Append(line.Sha256).Append("  ").Append(line.Name).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
