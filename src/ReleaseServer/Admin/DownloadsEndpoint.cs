using ReleaseServer.Alerting;
using ReleaseServer.Downloads;

namespace ReleaseServer.Admin;

/// <summary>What <c>GET /downloads</c> tells.</summary>
/// <param name="Node">Name of the node, and of the directory that its counts are in.</param>
/// <param name="Days">Those that there are counts of, oldest first.</param>
internal sealed record DownloadsDescription(string Node, IReadOnlyList<string> Days);

/// <summary>Answers <c>GET /downloads</c>, and with <c>?day=2026-08-05</c> the table of that day.</summary>
internal sealed class DownloadsEndpoint(DownloadJournal journal, AlertSource source)
{
    public IResult Answer(HttpContext context)
    {
        if (context.Request.Query["day"] is not [{ } text])
        {
            journal.Write();
            return Results.Json(new DownloadsDescription($"{NameOf(source.Node)}-{journal.Id}", journal.Days), AdminJson.Readable.DownloadsDescription);
        }

        if (DownloadJournal.DayOf(text) is not { } day)
        {
            return Results.Text("The day must be as in 2026-08-05\n", statusCode: StatusCodes.Status400BadRequest);
        }

        return journal.Read(day) is { } table
            ? Results.Bytes(table, "text/csv")
            : Results.Text("This node has no counts of that day\n", statusCode: StatusCodes.Status404NotFound);
    }

    // It becomes part of a bucket key.
    private static string NameOf(string node) => string.Concat(node.Select(static c => char.IsAsciiLetterOrDigit(c) || c == '.' ? c : '-'));
}
