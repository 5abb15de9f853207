using System.Globalization;
using System.Net;
using System.Text;

namespace ReleaseServer.Downloads;

/// <summary>A page with charts over a summary: one file of HTML with its own SVG and CSS, no script, nothing fetched from elsewhere.</summary>
internal static class DownloadPage
{
    private const int MostDays = 90;
    private const int MostNames = 12;
    private const int Width = 720;
    private const int Height = 180;

    private const string Head = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Downloads</title>
        <style>
        :root { --ink: #1d2129; --soft: #5c6470; --line: #d5d9e0; --bar: #2f7d4f; --ground: #fff; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8eaee; --soft: #a0a7b3; --line: #3a404b; --bar: #58b981; --ground: #15181d; } }
        body { margin: 0 auto; max-width: 46rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); }
        h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
        p, small, caption { color: var(--soft); } a { color: inherit; }
        svg { width: 100%; height: auto; } rect { fill: var(--bar); } line { stroke: var(--line); } text { fill: var(--soft); font: 11px system-ui, sans-serif; }
        table { width: 100%; border-collapse: collapse; } td { padding: .2rem .4rem .2rem 0; }
        td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; } td.name { overflow-wrap: anywhere; }
        td.bar { width: 40%; } td.bar div { height: .8rem; background: var(--bar); border-radius: 2px; min-width: 1px; }
        </style>
        </head>
        <body>

        """;

    public static byte[] Write(DownloadSummary summary, DateTimeOffset now)
    {
        var html = new StringBuilder(Head);
        var all = summary.Days.Values.Aggregate(default(DownloadSum), static (sum, day) => sum + day);
        html.Append("<h1>Downloads</h1>\n");
        html.Append(CultureInfo.InvariantCulture, $"<p>{all.Downloads:N0} files, {Bytes(all.Bytes)}, on {summary.Days.Count:N0} days. Made at {now.UtcDateTime:yyyy-MM-dd HH:mm} UTC.</p>\n");
        WriteDays(html, summary);
        foreach (var table in DownloadSummary.Names)
        {
            WriteNames(html, table, summary.Recent(table));
        }

        html.Append("<h2>Data</h2>\n<p>By day and: <a href=\"total.csv\">total</a>");
        foreach (var table in DownloadSummary.Names)
        {
            html.Append(CultureInfo.InvariantCulture, $", <a href=\"{table}.csv\">{table}</a>");
        }

        html.Append("; <a href=\"downloads.json\">JSON</a>; <a href=\"days/\">all of each day</a>. A download is a file of a release that was sent whole; no addresses are kept.</p>\n</body>\n</html>\n");
        return Encoding.UTF8.GetBytes(html.ToString());
    }

    private static void WriteDays(StringBuilder html, DownloadSummary summary)
    {
        var days = summary.Days.TakeLast(MostDays).ToList();
        if (days.Count == 0)
        {
            html.Append("<p>Nothing has been counted yet.</p>\n");
            return;
        }

        var most = Math.Max(1, days.Max(static day => day.Value.Downloads));
        var step = (double)Width / days.Count;
        html.Append(CultureInfo.InvariantCulture, $"<h2>By day</h2>\n<svg viewBox=\"0 0 {Width} {Height + 30}\" role=\"img\" aria-label=\"Downloads by day\">\n");
        html.Append(CultureInfo.InvariantCulture, $"<line x1=\"0\" y1=\"{Height}.5\" x2=\"{Width}\" y2=\"{Height}.5\"/><text x=\"0\" y=\"11\">{most:N0}</text>\n");
        for (var i = 0; i < days.Count; i++)
        {
            var height = (Height - 18) * (double)days[i].Value.Downloads / most;
            html.Append(
                CultureInfo.InvariantCulture,
                $"<rect x=\"{(i * step) + (step * 0.1):0.##}\" y=\"{Height - height:0.##}\" width=\"{Math.Min(step * 0.8, 60):0.##}\" height=\"{height:0.##}\"><title>{days[i].Key}: {days[i].Value.Downloads:N0}, {Bytes(days[i].Value.Bytes)}</title></rect>\n");
        }

        html.Append(CultureInfo.InvariantCulture, $"<text x=\"0\" y=\"{Height + 16}\">{days[0].Key}</text><text x=\"{Width}\" y=\"{Height + 16}\" text-anchor=\"end\">{days[^1].Key}</text>\n</svg>\n");
    }

    private static void WriteNames(StringBuilder html, string table, IReadOnlyList<(string Name, DownloadSum Sum)> rows)
    {
        // Of one alone there is nothing to compare, as where no country is told.
        if (rows.Count == 0 || (rows.Count == 1 && table is "country" or "channel"))
        {
            return;
        }

        var most = Math.Max(1, rows[0].Sum.Downloads);
        html.Append(CultureInfo.InvariantCulture, $"<h2>By {table}, last 30 days</h2>\n<table>\n");
        foreach (var (name, sum) in rows.Take(MostNames))
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"<tr><td class=\"name\">{WebUtility.HtmlEncode(name)}</td><td class=\"bar\"><div style=\"width:{100.0 * sum.Downloads / most:0.#}%\"></div></td><td class=\"number\">{sum.Downloads:N0}</td><td class=\"number\">{Bytes(sum.Bytes)}</td></tr>\n");
        }

        html.Append("</table>\n");
        if (rows.Count > MostNames)
        {
            html.Append(CultureInfo.InvariantCulture, $"<small>and {rows.Count - MostNames:N0} more</small>\n");
        }
    }

    private static string Bytes(long bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB", "PB"];
        var (value, unit) = ((double)bytes, 0);
        while (value >= 1000 && unit < units.Length - 1)
        {
            (value, unit) = (value / 1000, unit + 1);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {units[unit]}");
    }
}
