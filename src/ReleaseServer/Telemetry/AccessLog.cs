using Serilog.Core;
using Serilog.Events;
using Serilog.Parsing;

namespace ReleaseServer.Telemetry;

/// <summary>Writes one event for each request, of level Information and source <c>ReleaseServer.Access</c>. Safe for concurrent use.</summary>
internal sealed class AccessLog(Serilog.ILogger logger, LogOptions options, TimeProvider time)
{
    /// <summary>What stands for a client address or user agent that is not known, as in nginx.</summary>
    private const string Unknown = "-";

    private static readonly MessageTemplate Template = new MessageTemplateParser().Parse(
        $"{{Method}} {{Path}} {{Status}} {{Bytes}} B {{Elapsed:0.0}} ms {{ClientAddress}} {{UserAgent:{LogMessage.QuotedFormat}}}");

    private static readonly LogEventProperty Source = new(Constants.SourceContextPropertyName, new ScalarValue("ReleaseServer.Access"));

    /// <summary>Whether <see cref="Write"/> does anything; where not, a caller may save itself the entry.</summary>
    public bool IsEnabled { get; } = options.Access && logger.IsEnabled(LogEventLevel.Information);

    public void Write(in AccessLogEntry entry)
    {
        if (!IsEnabled)
        {
            return;
        }

        // The event is made by hand, and not through a template with arguments, for the request id, which no template names.
        logger.Write(new LogEvent(time.GetLocalNow(), LogEventLevel.Information, null, Template,
        [
            Source,
            Property("Method", entry.Method),
            Property("Path", entry.Path),
            Property("Status", entry.Status),
            Property("Bytes", entry.Bytes),
            Property("Elapsed", Math.Round(entry.Duration.TotalMilliseconds, 3)),
            Property("ClientAddress", entry.ClientAddress ?? Unknown),
            Property("UserAgent", entry.UserAgent ?? Unknown),
            Property("RequestId", entry.RequestId),
        ]));
    }

    private static LogEventProperty Property(string name, object value) => new(name, new ScalarValue(value));
}
