using System.Globalization;
using ReleaseServer.Configuration;
using Serilog.Events;
using Serilog.Formatting;

namespace ReleaseServer.Telemetry;

/// <summary>For people: <c>12:30:01 INF Listening on http://localhost:8080</c>, local time; exceptions below it, indented.</summary>
internal sealed class ConsoleLogFormatter : ITextFormatter
{
    public void Format(LogEvent logEvent, TextWriter output)
    {
        output.Write(logEvent.Timestamp.ToString("HH:mm:ss", CultureInfo.InvariantCulture));
        output.Write(logEvent.Level switch
        {
            LogEventLevel.Verbose => " VRB ",
            LogEventLevel.Debug => " DBG ",
            LogEventLevel.Information => " INF ",
            LogEventLevel.Warning => " WRN ",
            LogEventLevel.Error => " ERR ",
            _ => " FTL ",
        });
        LogMessage.Write(logEvent, output);
        output.Write('\n');
        if (logEvent.Exception is not { } exception)
        {
            return;
        }

        // A message with a line break of its own cannot pass for an event: no event is indented.
        foreach (var line in exception.ToString().AsSpan().EnumerateLines())
        {
            output.Write("    ");
            output.Write(PrintableText.Of(line.ToString()));
            output.Write('\n');
        }
    }
}
