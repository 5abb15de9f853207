using Serilog;
using Serilog.Configuration;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace ReleaseServer.Telemetry;

/// <summary>
/// The program's log. Events wait in a bounded queue and are written by a thread of their own, so that a slow terminal or pipe
/// delays no response; what finds the queue full is dropped and counted. Disposing writes what waits. Safe for concurrent use.
/// </summary>
internal sealed class ServerLog : IDisposable
{
    private readonly LogQueueMonitor _queue = new();
    private readonly Logger _logger;

    private ServerLog(LogOptions options, Action<LoggerSinkConfiguration> writeTo) =>
        _logger = new LoggerConfiguration()
            .MinimumLevel.Is(ToSerilog(options.Level))
            .Destructure.With<SecretDestructuringPolicy>()

            // Whoever starts the host gets the exception itself and tells it without a stack trace.
            .Filter.ByExcluding(static logEvent => logEvent.MessageTemplate.Text == "Hosting failed to start")
            .WriteTo.Async(
                queued => LoggerSinkConfiguration.Wrap(
                    queued, sink => new DroppedEventsSink(sink, _queue), writeTo, LevelAlias.Minimum, levelSwitch: null),
                _queue,
                options.QueueLength,
                blockWhenFull: false)
            .CreateLogger();

    public Serilog.ILogger Logger => _logger;

    /// <summary>Events dropped since the start because the queue was full.</summary>
    public long DroppedEvents => _queue.Dropped;

    /// <summary>To standard output, where a supervisor or container engine collects a server's log.</summary>
    public static ServerLog Create(LogOptions options) => Create(options, queued => queued.Console(FormatterOf(options)));

    /// <param name="writeTo">Adds the sink at the end of the queue; the log disposes it.</param>
    public static ServerLog Create(LogOptions options, Action<LoggerSinkConfiguration> writeTo) => new(options, writeTo);

    public static ITextFormatter FormatterOf(LogOptions options) =>
        options.Format == LogFormat.Json ? new JsonLogFormatter() : new ConsoleLogFormatter();

    public void Dispose() => _logger.Dispose();

    private static LogEventLevel ToSerilog(LogLevelName level) => level switch
    {
        LogLevelName.Debug => LogEventLevel.Debug,
        LogLevelName.Information => LogEventLevel.Information,
        LogLevelName.Warning => LogEventLevel.Warning,
        _ => LogEventLevel.Error,
    };
}
