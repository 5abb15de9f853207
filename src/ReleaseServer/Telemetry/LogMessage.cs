using System.Globalization;
using ReleaseServer.Configuration;
using Serilog.Events;
using Serilog.Parsing;

namespace ReleaseServer.Telemetry;

/// <summary>The sentence of a log event: its template with the values in place.</summary>
/// <remarks>
/// Serilog's own rendering lets control characters of a value through (of a user agent, say), so that a client could write
/// lines of its own into the log. Here they are escaped.
/// </remarks>
internal static class LogMessage
{
    /// <summary>In a template, the format of a text that is put between quotation marks: <c>{UserAgent:q}</c>.</summary>
    public const string QuotedFormat = "q";

    public static void Write(LogEvent logEvent, TextWriter output)
    {
        foreach (var token in logEvent.MessageTemplate.Tokens)
        {
            if (token is PropertyToken property && logEvent.Properties.TryGetValue(property.PropertyName, out var value))
            {
                WriteValue(property, value, output);
            }
            else
            {
                output.Write(PrintableText.Of(token.ToString()!));
            }
        }
    }

    private static void WriteValue(PropertyToken property, LogEventPropertyValue value, TextWriter output)
    {
        if (value is not ScalarValue { Value: string text })
        {
            output.Write(PrintableText.Of(value.ToString(property.Format, CultureInfo.InvariantCulture)));
        }
        else if (property.Format != QuotedFormat)
        {
            output.Write(PrintableText.Of(text));
        }
        else
        {
            output.Write('"');
            output.Write(PrintableText.Of(text).Replace("\"", "\\\"", StringComparison.Ordinal));
            output.Write('"');
        }
    }
}
