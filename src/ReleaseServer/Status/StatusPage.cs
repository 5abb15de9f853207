using System.Globalization;
using System.Net;
using System.Text;

namespace ReleaseServer.Status;

/// <summary>The status as a page: one file of HTML with its own CSS and SVG, no script, nothing fetched from elsewhere.</summary>
internal static class StatusPage
{
    private const int MostIncidentsShown = 30;

    private const string Style = """
        <style>
        :root { --ink: #1b1f27; --soft: #59616e; --line: #d9dde4; --card: #fff; --ground: #f4f5f8; --ok: #2e8b57; --degraded: #c98500; --down: #c5322b; --none: #ccd1d9; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e9ebef; --soft: #a3abb8; --line: #343a45; --card: #1c2027; --ground: #12151a; --ok: #4cbf80; --degraded: #e3a62c; --down: #f0665e; --none: #3d444f; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
        main { max-width: 46rem; margin: 0 auto; padding: 1.25rem 1rem 3rem; }
        h1 { font-size: 1.5rem; margin: .5rem 0 1rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .6rem; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1rem; margin-bottom: .7rem; }
        .overall { border-left: .45rem solid var(--none); font-size: 1.15rem; font-weight: 600; } .overall small { font-weight: 400; }
        .overall.operational { border-left-color: var(--ok); } .overall.degraded { border-left-color: var(--degraded); } .overall.down { border-left-color: var(--down); }
        .row { display: flex; justify-content: space-between; gap: 1rem; flex-wrap: wrap; } .row b { font-weight: 600; }
        small, .soft { color: var(--soft); font-size: .875rem; } small { display: block; }
        .state { white-space: nowrap; font-weight: 600; } .state.operational { color: var(--ok); } .state.degraded { color: var(--degraded); } .state.down { color: var(--down); } .state.unknown { color: var(--soft); }
        svg { display: block; width: 100%; height: 2rem; margin: .5rem 0 .2rem; }
        rect { fill: var(--none); } rect.operational { fill: var(--ok); } rect.degraded { fill: var(--degraded); } rect.down { fill: var(--down); }
        ul { margin: .4rem 0 0; padding-left: 1.1rem; } li { overflow-wrap: anywhere; } p { margin: .3rem 0; overflow-wrap: anywhere; }
        </style>
        """;

    public static byte[] Write(StatusDocument document)
    {
        var html = new StringBuilder();
        html.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.Append("<meta name=\"color-scheme\" content=\"light dark\">\n<meta http-equiv=\"refresh\" content=\"60\">\n");
        html.Append(CultureInfo.InvariantCulture, $"<title>{Mark(document.State)} {Text(document.Title)}: status</title>\n{Style}\n</head>\n<body>\n<main>\n");
        html.Append(CultureInfo.InvariantCulture, $"<h1>{Text(document.Title)}</h1>\n");
        html.Append(CultureInfo.InvariantCulture, $"<div class=\"card overall {Class(document.State)}\">{Mark(document.State)} {Sentence(document.State)}\n");
        html.Append(CultureInfo.InvariantCulture, $"<small>Last looked at {Time(document.Updated)}. Where that is long ago, nobody has been able to look since.</small></div>\n");
        foreach (var note in document.Notes.Take(5))
        {
            html.Append(CultureInfo.InvariantCulture, $"<div class=\"card\"><p>{Text(note.Text)}</p><small>{Time(note.At)}</small></div>\n");
        }

        html.Append("<h2>Components</h2>\n");
        foreach (var component in document.Components)
        {
            WriteComponent(html, component, DateOnly.FromDateTime(document.Updated.UtcDateTime));
        }

        html.Append("<h2>Incidents</h2>\n");
        foreach (var incident in document.Incidents.Take(MostIncidentsShown))
        {
            WriteIncident(html, incident, document);
        }

        if (document.Incidents.Count == 0)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"soft\">None in the last {StatusHistory.KeepDays} days.</p>\n");
        }

        html.Append("<p class=\"soft\"><a href=\"status.json\" style=\"color:inherit\">The same as JSON</a>. Times are UTC.</p>\n</main>\n</body>\n</html>\n");
        return Encoding.UTF8.GetBytes(html.ToString());
    }

    private static void WriteComponent(StringBuilder html, ComponentHistory component, DateOnly today)
    {
        html.Append(CultureInfo.InvariantCulture, $"<div class=\"card\">\n<div class=\"row\"><b>{Text(component.Title)}</b><span class=\"state {Class(component.State)}\">{Mark(component.State)} {component.State}</span></div>\n");
        if (component.State != ComponentState.Operational)
        {
            html.Append(CultureInfo.InvariantCulture, $"<small>{Text(component.Detail)} Since {Time(component.Since)}.</small>\n");
        }

        html.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {StatusHistory.KeepDays * 4} 30\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"The last {StatusHistory.KeepDays} days of {Text(component.Title)}\">");
        var days = component.Days.ToDictionary(static day => day.Day);
        for (var i = 0; i < StatusHistory.KeepDays; i++)
        {
            var day = today.AddDays(i + 1 - StatusHistory.KeepDays);
            var known = days.GetValueOrDefault(day);
            html.Append(CultureInfo.InvariantCulture, $"<rect x=\"{i * 4}\" y=\"0\" width=\"3\" height=\"30\" class=\"{(day == today && component.State is ComponentState.Down ? "down" : ClassOf(known))}\"><title>{day:yyyy-MM-dd}: {Describe(known)}</title></rect>");
        }

        var (observed, well) = (component.Days.Sum(static day => day.Observed), component.Days.Sum(static day => day.Observed - day.Down));
        var share = observed > 0 ? string.Create(CultureInfo.InvariantCulture, $"{100 * well / observed:0.###} % available") : "not looked at yet";
        html.Append(CultureInfo.InvariantCulture, $"</svg>\n<div class=\"row soft\"><span>{StatusHistory.KeepDays} days ago</span><span>{share}</span><span>today</span></div>\n</div>\n");
    }

    private static void WriteIncident(StringBuilder html, StatusIncident incident, StatusDocument document)
    {
        var title = document.Components.Find(component => component.Name == incident.Component)?.Title ?? incident.Component;
        var until = incident.Ended is { } ended ? $"to {Time(ended)} ({Duration(ended - incident.Began)})" : $"and goes on, for {Duration(document.Updated - incident.Began)} so far";
        html.Append(CultureInfo.InvariantCulture, $"<div class=\"card\">\n<div class=\"row\"><b>{Text(title)}</b><span class=\"state {Class(incident.Worst)}\">{Mark(incident.Worst)} {incident.Worst}</span></div>\n");
        html.Append(CultureInfo.InvariantCulture, $"<small>From {Time(incident.Began)} {until}. {Text(incident.Detail)}</small>\n");
        if (incident.Notes.Count > 0)
        {
            html.Append("<ul>");
            foreach (var note in incident.Notes)
            {
                html.Append(CultureInfo.InvariantCulture, $"<li>{Text(note.Text)} <span class=\"soft\">{Time(note.At)}</span></li>");
            }

            html.Append("</ul>\n");
        }

        html.Append("</div>\n");
    }

    private static string Sentence(ComponentState state) => state switch
    {
        ComponentState.Operational => "All is well",
        ComponentState.Degraded => "Downloads work; something behind them does not",
        ComponentState.Down => "Downloads do not work",
        _ => "Not looked at yet",
    };

    // Not by colour alone.
    private static string Mark(ComponentState state) => state switch
    {
        ComponentState.Operational => "\u2713",
        ComponentState.Degraded => "\u25B2",
        ComponentState.Down => "\u2717",
        _ => "?",
    };

    private static string Class(ComponentState state) => state switch
    {
        ComponentState.Operational => "operational",
        ComponentState.Degraded => "degraded",
        ComponentState.Down => "down",
        _ => "unknown",
    };

    private static string ClassOf(StatusDay? day) => day switch
    {
        null => "unknown",
        { Down: > 0 } => "down",
        { Degraded: > 0 } => "degraded",
        _ => "operational",
    };

    private static string Describe(StatusDay? day) => day switch
    {
        null => "nobody looked",
        { Down: > 0 } => $"down for {Duration(TimeSpan.FromSeconds(day.Down))}",
        { Degraded: > 0 } => $"degraded for {Duration(TimeSpan.FromSeconds(day.Degraded))}",
        _ => "well",
    };

    private static string Duration(TimeSpan time) => time switch
    {
        { TotalMinutes: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalSeconds} s"),
        { TotalHours: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalMinutes} min"),
        { TotalDays: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.#} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays:0.#} days"),
    };

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
