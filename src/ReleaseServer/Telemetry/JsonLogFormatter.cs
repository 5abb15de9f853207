using System.Globalization;
using ReleaseServer.Configuration;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Json;

namespace ReleaseServer.Telemetry;

/// <summary>
/// For machines: one JSON object a line in the compact log event format (CLEF): <c>@t</c> time in UTC, <c>@l</c> level, <c>@m</c>
/// message, <c>@x</c> exception, <c>@tr</c> and <c>@sp</c> trace and span, and each property under its own name.
/// </summary>
internal sealed class JsonLogFormatter : ITextFormatter
{
    private readonly JsonValueFormatter _values = new(typeTagName: null);

    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var json = new StringWriter(CultureInfo.InvariantCulture);
        WriteObject(logEvent, json);

        // Serilog escapes what JSON demands, which leaves DEL and the control characters past it to the terminal that shows the log.
        output.Write(PrintableText.Of(json.ToString()));
        output.Write('\n');
    }

    private void WriteObject(LogEvent logEvent, StringWriter output)
    {
        output.Write("{\"@t\":\"");
        output.Write(logEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        output.Write("\",\"@l\":\"");
        output.Write(logEvent.Level);
        output.Write('"');
        using var message = new StringWriter(CultureInfo.InvariantCulture);
        LogMessage.Write(logEvent, message);
        WriteText("@m", message.ToString(), output);
        if (logEvent.Exception is { } exception)
        {
            WriteText("@x", exception.ToString(), output);
        }

        if (logEvent.TraceId is { } traceId)
        {
            WriteText("@tr", traceId.ToHexString(), output);
        }

        if (logEvent.SpanId is { } spanId)
        {
            WriteText("@sp", spanId.ToHexString(), output);
        }

        foreach (var (name, value) in logEvent.Properties)
        {
            // The provider adds it to every event: a number that the compiler made up, and a method's name.
            if (name == "EventId")
            {
                continue;
            }

            // "@" at the start is the format's own; doubled, it is the property's.
            WriteName(name.StartsWith('@') ? "@" + name : name, output);
            _values.Format(value, output);
        }

        output.Write('}');
    }

    private static void WriteText(string name, string text, TextWriter output)
    {
        WriteName(name, output);
        JsonValueFormatter.WriteQuotedJsonString(text, output);
    }

    private static void WriteName(string name, TextWriter output)
    {
        output.Write(',');
        JsonValueFormatter.WriteQuotedJsonString(name, output);
        output.Write(':');
    }
}
