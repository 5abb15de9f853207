using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ReleaseServer.Alerting;

/// <summary>Writes notes as one post for people: what, where, since when and how often, and what to do. Pure.</summary>
internal sealed class SlackMessage(AlertSource source)
{
    /// <summary>Troubles of one post; the rest is counted.</summary>
    private const int Most = 10;

    /// <summary>Slack takes 3,000 characters of one text; escaped, a character may be five.</summary>
    private const int LongestPart = 500;

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The content of the request, UTF-8.</summary>
    public byte[] ToJson(IReadOnlyList<AlertNote> notes)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();

            // What a telephone shows, and what takes no blocks.
            json.WriteString("text", Headline(notes));
            json.WriteStartArray("blocks");
            foreach (var note in notes.Take(Most))
            {
                WriteSection(json, Describe(note));
            }

            if (notes.Count > Most)
            {
                WriteSection(json, $"… and {notes.Count - Most} more: see the log of the node.");
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private string Headline(IReadOnlyList<AlertNote> notes)
    {
        var first = $"{Word(notes[0].Phase)}: {notes[0].Kind.Title}";
        var more = notes.Count > 1 ? $", and {notes.Count - 1} more" : "";
        return Escape($"{first} ({source.Environment}, {source.Node}){more}");
    }

    private string Describe(AlertNote note)
    {
        var text = new StringBuilder();
        text.Append(note.Phase == AlertPhase.Resolved ? ":large_green_circle: " : ":red_circle: ");
        text.Append('*').Append(Word(note.Phase)).Append(": ").Append(Escape(note.Kind.Title)).Append("*\n");
        text.Append("*What:* ").Append(Part(note.Message)).Append('\n');
        text.Append("*Where:* ").Append(Part(note.Subject)).Append(" (").Append(Escape($"{source.Environment}, node {source.Node}")).Append(")\n");
        text.Append("*When:* ").Append(Escape(note.Extent())).Append('\n');
        if (note.Phase != AlertPhase.Resolved)
        {
            text.Append("*Do:* ").Append(Link(note.Kind));
        }

        return text.ToString().TrimEnd('\n');
    }

    private string Link(AlertKind kind)
    {
        var runbook = source.RunbookOf(kind);
        return source.RunbookUrl is null ? $"runbook `{runbook}`" : $"<{Escape(runbook)}|runbook {kind.Name}>";
    }

    private static string Word(AlertPhase phase) => phase switch
    {
        AlertPhase.Raised => "Trouble",
        AlertPhase.Ongoing => "Still",
        _ => "Over",
    };

    private static string Part(string text) => Escape(SentryEvent.Cut(text, LongestPart));

    // The three characters that mean something to Slack.
    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    private static void WriteSection(Utf8JsonWriter json, string markdown)
    {
        json.WriteStartObject();
        json.WriteString("type", "section");
        json.WriteStartObject("text");
        json.WriteString("type", "mrkdwn");
        json.WriteString("text", markdown);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
