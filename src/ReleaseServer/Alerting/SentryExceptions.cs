using System.Text.Json;

namespace ReleaseServer.Alerting;

/// <summary>Writes an exception with all its causes, the oldest cause first and what was caught last.</summary>
internal static class SentryExceptions
{
    /// <summary>Exceptions of one event; further causes are left out.</summary>
    private const int Most = 10;

    private const int LongestValue = 4_096;

    /// <summary>Writes the member <c>exception</c>.</summary>
    public static void Write(Utf8JsonWriter json, Exception caught, SecretScrubber scrubber)
    {
        var all = new List<Link>();
        Gather(caught, parent: null, source: null, all);

        json.WriteStartObject("exception");
        json.WriteStartArray("values");
        for (var i = all.Count - 1; i >= 0; i--)
        {
            Write(json, all[i], scrubber);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Gather(Exception exception, int? parent, string? source, List<Link> all)
    {
        if (all.Count == Most || all.Exists(known => ReferenceEquals(known.Exception, exception)))
        {
            return;
        }

        var id = all.Count;
        all.Add(new Link(exception, id, parent, source));
        if (exception is AggregateException group)
        {
            for (var i = 0; i < group.InnerExceptions.Count; i++)
            {
                Gather(group.InnerExceptions[i], id, $"InnerExceptions[{i}]", all);
            }
        }
        else if (exception.InnerException is { } cause)
        {
            Gather(cause, id, "InnerException", all);
        }
    }

    private static void Write(Utf8JsonWriter json, Link link, SecretScrubber scrubber)
    {
        var type = link.Exception.GetType();
        json.WriteStartObject();
        json.WriteString("type", type.FullName);
        json.WriteString("value", SentryEvent.Cut(scrubber.Scrub(link.Exception.Message), LongestValue));
        json.WriteString("module", type.Assembly.GetName().Name);
        json.WriteStartObject("mechanism");
        json.WriteString("type", link.Parent is null ? "generic" : "chained");
        json.WriteBoolean("handled", true);
        json.WriteNumber("exception_id", link.Id);
        if (link.Parent is { } parent)
        {
            json.WriteNumber("parent_id", parent);
            json.WriteString("source", link.Source);
        }

        if (link.Exception is AggregateException)
        {
            json.WriteBoolean("is_exception_group", true);
        }

        json.WriteEndObject();
        SentryStack.Write(json, link.Exception);
        json.WriteEndObject();
    }

    private sealed record Link(Exception Exception, int Id, int? Parent, string? Source);
}
