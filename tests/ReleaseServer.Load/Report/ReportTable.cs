using System.Text;

namespace ReleaseServer.Load.Report;

/// <summary>One line of the report.</summary>
internal sealed record ReportRow(string Scenario, string Measure)
{
    public string Ours { get; init; } = "-";

    public string NginxFiles { get; init; } = "-";

    public string NginxCache { get; init; } = "-";

    /// <summary>What is held against <see cref="Target"/>: a ratio, or a figure of ours; null where there is nothing to judge.</summary>
    public double? Result { get; init; }

    public Target? Target { get; init; }

    /// <summary>Said beside the judgement, such as that the server has no cache yet.</summary>
    public string? Note { get; init; }

    public IEnumerable<string> Cells =>
    [
        Scenario,
        Measure,
        Ours,
        NginxFiles,
        NginxCache,
        Result is { } result ? (Target ?? new Target(0, 0)).Show(result) : "-",
        Target?.MustText ?? "-",
        Target?.AmbitiousText ?? "-",
        (Target is { } target && Result is { } judged ? target.Judge(judged) : "-") + (Note is null ? "" : $" ({Note})"),
    ];
}

/// <summary>The rows of a run, in the order of the scenarios, and what went wrong.</summary>
internal sealed class ReportTable
{
    private static readonly string[] Heads = ["scenario", "measure", "ours", "nginx files", "nginx cache", "result", "must", "ambitious", "met"];

    private readonly List<ReportRow> _rows = [];
    private readonly List<string> _faults = [];

    public bool HasFaults => _faults.Count > 0;

    public void Add(ReportRow row)
    {
        _rows.Add(row);
        Progress($"{row.Scenario} {string.Join(" | ", row.Cells.Skip(1))}");
    }

    /// <summary>A scenario that could not be measured.</summary>
    public void Fail(string scenario, string reason)
    {
        _faults.Add($"{scenario} was not measured: {reason}");
        Progress(_faults[^1]);
    }

    public static void Progress(string line) => Console.Error.WriteLine(line);

    /// <param name="heading">What was measured, where and when; a line above the table.</param>
    public string ToMarkdown(string heading)
    {
        var text = new StringBuilder();
        text.AppendLine(heading).AppendLine();
        AppendRow(text, Heads);
        AppendRow(text, Heads.Select(static _ => "---"));
        foreach (var row in _rows)
        {
            AppendRow(text, row.Cells);
        }

        foreach (var fault in _faults)
        {
            text.AppendLine().AppendLine(fault.Split('\n')[0]);
        }

        return text.ToString();
    }

    private static void AppendRow(StringBuilder text, IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).AppendLine(" |");
}
