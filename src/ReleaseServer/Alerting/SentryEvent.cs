using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace ReleaseServer.Alerting;

/// <summary>Writes a note as an event of Sentry. Bounded in size whatever it holds: Sentry refuses more than a megabyte.</summary>
internal sealed class SentryEvent(AlertSource source, SecretScrubber scrubber, int maxBreadcrumbs)
{
    private const int LongestMessage = 4_096;
    private const int LongestCrumb = 512;

    /// <summary>Longest value of a tag that Sentry takes.</summary>
    private const int LongestTag = 200;

    private static readonly Dictionary<string, string> Modules = AppDomain.CurrentDomain.GetAssemblies()
        .Select(static assembly => assembly.GetName())
        .Where(static name => name is { Name: not null, Version: not null })
        .DistinctBy(static name => name.Name)
        .ToDictionary(static name => name.Name!, static name => name.Version!.ToString());

    public static string NewId() => Guid.NewGuid().ToString("n");

    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static string Cut(string text, int length) => text.Length <= length ? text : text[..(length - 1)] + "…";

    /// <param name="id">32 lower-case hexadecimal digits.</param>
    public byte[] ToJson(AlertNote note, string id)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteHead(json, note, id);
            WriteTags(json, note);
            WriteExtra(json, note);
            WriteContexts(json);
            WriteRequest(json, note.Request);
            if (note.Exception is { } exception)
            {
                SentryExceptions.Write(json, exception, scrubber);
            }

            WriteBreadcrumbs(json, note.Breadcrumbs);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private void WriteHead(Utf8JsonWriter json, AlertNote note, string id)
    {
        json.WriteString("event_id", id);
        json.WriteString("timestamp", Text(note.At));
        json.WriteString("platform", "csharp");
        json.WriteString("level", note switch
        {
            { Phase: AlertPhase.Resolved } => "info",
            { Kind: var kind } when kind == AlertKind.StartFailed => "fatal",
            _ => "error",
        });
        json.WriteString("logger", "ReleaseServer.Alerting");
        json.WriteString("server_name", source.Node);
        json.WriteString("release", source.Release);
        json.WriteString("environment", source.Environment);
        if (note.Request is { Route.Length: > 0 } request)
        {
            json.WriteString("transaction", request.Route);
        }

        json.WriteStartObject("logentry");
        json.WriteString("message", note.Kind.Title);
        json.WriteString("formatted", Cut(Sentence(note), LongestMessage));
        json.WriteEndObject();

        // The node is not in it: one outage that many nodes see is one issue.
        json.WriteStartArray("fingerprint");
        json.WriteStringValue(note.Kind.Name);
        json.WriteStringValue(note.Subject);
        json.WriteEndArray();

        json.WriteStartObject("sdk");
        json.WriteString("name", AlertSource.ClientName);
        json.WriteString("version", AlertSource.ClientVersion);
        json.WriteEndObject();

        json.WriteStartObject("modules");
        foreach (var (name, version) in Modules)
        {
            json.WriteString(name, version);
        }

        json.WriteEndObject();
    }

    private static string Sentence(AlertNote note) => note.Phase switch
    {
        AlertPhase.Raised => $"{note.Kind.Title}: {note.Subject}: {note.Message}",
        AlertPhase.Ongoing => $"{note.Kind.Title}, goes on: {note.Subject}, {note.Extent()}: {note.Message}",
        _ => $"{note.Kind.Title}, is over: {note.Subject}, {note.Extent()}. {note.Message}",
    };

    private void WriteTags(Utf8JsonWriter json, AlertNote note)
    {
        json.WriteStartObject("tags");
        WriteTag(json, "alert", note.Kind.Name);
        WriteTag(json, "phase", note.Phase.ToString());
        WriteTag(json, "node", source.Node);
        WriteTag(json, "suppressed", note.Suppressed.ToString(CultureInfo.InvariantCulture));
        if (note.Request is { } request)
        {
            WriteTag(json, "request_id", request.Id);
            WriteTag(json, "route", request.Route);
            WriteTag(json, "key", request.Key);
            WriteTag(json, "user_agent", request.UserAgent);
        }

        json.WriteEndObject();
    }

    private void WriteTag(Utf8JsonWriter json, string name, string value)
    {
        // Sentry drops a tag without a value.
        if (value.Length > 0)
        {
            json.WriteString(name, Cut(Clean(value), LongestTag));
        }
    }

    private void WriteExtra(Utf8JsonWriter json, AlertNote note)
    {
        json.WriteStartObject("extra");
        json.WriteString("subject", note.Subject);
        json.WriteString("since", Text(note.Since));
        json.WriteNumber("count", note.Count);
        json.WriteNumber("suppressed", note.Suppressed);
        json.WriteString("runbook", source.RunbookOf(note.Kind));
        json.WriteEndObject();
    }

    private static void WriteContexts(Utf8JsonWriter json)
    {
        json.WriteStartObject("contexts");
        json.WriteStartObject("runtime");
        json.WriteString("name", ".NET");
        json.WriteString("version", Environment.Version.ToString());
        json.WriteString("raw_description", RuntimeInformation.FrameworkDescription);
        json.WriteEndObject();
        json.WriteStartObject("os");
        json.WriteString("name", Environment.OSVersion.Platform.ToString());
        json.WriteString("version", Environment.OSVersion.Version.ToString());
        json.WriteString("raw_description", RuntimeInformation.OSDescription);
        json.WriteEndObject();
        json.WriteStartObject("device");
        json.WriteString("arch", RuntimeInformation.ProcessArchitecture.ToString());
        json.WriteNumber("processor_count", Environment.ProcessorCount);
        json.WriteEndObject();

        // Every event belongs to a trace, be it of its own.
        json.WriteStartObject("trace");
        json.WriteString("trace_id", NewId());
        json.WriteString("span_id", NewId()[..16]);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // Neither query, cookies nor other fields: they may hold secrets or say who the client is, and decide about no answer.
    private void WriteRequest(Utf8JsonWriter json, AlertRequest? request)
    {
        if (request is null)
        {
            return;
        }

        json.WriteStartObject("request");
        json.WriteString("method", request.Method);
        json.WriteString("url", Cut(Clean(request.Path), LongestMessage));
        json.WriteStartObject("headers");
        json.WriteString("User-Agent", Cut(Clean(request.UserAgent), LongestTag));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteBreadcrumbs(Utf8JsonWriter json, IReadOnlyList<Breadcrumb> breadcrumbs)
    {
        json.WriteStartArray("breadcrumbs");
        foreach (var crumb in breadcrumbs.Skip(Math.Max(0, breadcrumbs.Count - maxBreadcrumbs)))
        {
            json.WriteStartObject();
            json.WriteString("timestamp", Text(crumb.Time));
            json.WriteString("type", crumb.Level == BreadcrumbLevel.Error ? "error" : "default");
            json.WriteString("category", crumb.Category);
            json.WriteString("message", Cut(Clean(crumb.Message), LongestCrumb));
            json.WriteString("level", crumb.Level switch
            {
                BreadcrumbLevel.Error => "error",
                BreadcrumbLevel.Warning => "warning",
                _ => "info",
            });
            if (crumb.Data.Count > 0)
            {
                json.WriteStartObject("data");
                foreach (var (name, value) in crumb.Data.Take(8))
                {
                    json.WriteString(name, Cut(Clean(value), LongestTag));
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private string Clean(string text) => Configuration.PrintableText.Of(scrubber.Scrub(text));
}
