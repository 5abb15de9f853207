namespace ReleaseServer.Load.Report;

/// <summary>Writes the report into a page between two marks, or, where the file has none, as the whole file.</summary>
internal static class MarkdownFile
{
    private const string Begin = "<!-- measured by tests/load/run.sh: begin -->";
    private const string End = "<!-- measured by tests/load/run.sh: end -->";

    public static void Write(string path, string report)
    {
        var page = File.Exists(path) ? File.ReadAllText(path) : "";
        var begin = page.IndexOf(Begin, StringComparison.Ordinal);
        var end = page.IndexOf(End, StringComparison.Ordinal);
        File.WriteAllText(path, begin >= 0 && end > begin ? $"{page[..(begin + Begin.Length)]}\n\n{report}\n{page[end..]}" : report);
    }
}
