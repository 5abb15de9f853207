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
        svg { display: block; width: 100%; height: 11rem; border-bottom: 1px solid var(--line); } rect { fill: var(--bar); }
        .axis { display: flex; justify-content: space-between; color: var(--soft); font-size: .875rem; }
        table { width: 100%; border-collapse: collapse; table-layout: fixed; } td { padding: .2rem .4rem .2rem 0; }
        td.number { width: 5.2rem; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; } td.name { width: 34%; overflow-wrap: anywhere; }
        td.bar div { height: .8rem; background: var(--bar); border-radius: 2px; min-width: 1px; }
        </style>
        </head>
        <body>

        """;

    public static byte[] Write(DownloadSummary summary, DateTimeOffset now)
    {
        var html = new StringBuilder(Head);
        var all = summary.Days.Values.Aggregate(default(DownloadSum), static (sum, day) => sum + day);
        html.Append("<h1>Downloads</h1>\n");
        var days = summary.Days.Count == 1 ? "1 day" : $"{summary.Days.Count:N0} days";
        html.Append(CultureInfo.InvariantCulture, $"<p>{all.Downloads:N0} files, {Bytes(all.Bytes)}, on {days}. Made at {now.UtcDateTime:yyyy-MM-dd HH:mm} UTC.</p>\n");
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
        html.Append(CultureInfo.InvariantCulture, $"<h2>By day</h2>\n<div class=\"axis\"><span>{most:N0}</span></div>\n<svg viewBox=\"0 0 {Width} {Height}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Downloads by day\">\n");
        for (var i = 0; i < days.Count; i++)
        {
            var height = Height * (double)days[i].Value.Downloads / most;
            html.Append(
                CultureInfo.InvariantCulture,
                $"<rect x=\"{(i * step) + (step * 0.1):0.##}\" y=\"{Height - height:0.##}\" width=\"{step * 0.8:0.##}\" height=\"{height:0.##}\"><title>{days[i].Key}: {days[i].Value.Downloads:N0}, {Bytes(days[i].Value.Bytes)}</title></rect>\n");
        }

        var last = days.Count > 1 ? $"<span>{days[^1].Key}</span>" : "";
        html.Append(CultureInfo.InvariantCulture, $"</svg>\n<div class=\"axis\"><span>{days[0].Key}</span>{last}</div>\n");
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
