using Serilog.Core;
using Serilog.Events;
using Serilog.Parsing;
using Serilog.Sinks.Async;

namespace ReleaseServer.Telemetry;

/// <summary>Behind the queue: passes events on, and says how many did not find room in it.</summary>
/// <remarks>Called by the queue's one thread. It goes by the time of the events, so it needs no timer.</remarks>
internal sealed class DroppedEventsSink(ILogEventSink inner, LogQueueMonitor queue) : ILogEventSink, IDisposable
{
    /// <summary>A flood is reported this often, not at each event.</summary>
    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(10);

    private static readonly MessageTemplate Template =
        new MessageTemplateParser().Parse("{Dropped} log events were dropped: more than {QueueLength} (Log:QueueLength) waited to be written");

    private DateTimeOffset _lastReport;
    private DateTimeOffset _lastEvent;
    private long _reported;

    public void Emit(LogEvent logEvent)
    {
        _lastEvent = logEvent.Timestamp;
        if (queue.Dropped > _reported && logEvent.Timestamp - _lastReport >= BetweenReports)
        {
            Report();
        }

        inner.Emit(logEvent);
    }

    public void Dispose()
    {
        if (queue.Dropped > _reported)
        {
            Report();
        }

        (inner as IDisposable)?.Dispose();
    }

    private void Report()
    {
        var dropped = queue.Dropped;
        inner.Emit(new LogEvent(_lastEvent, LogEventLevel.Warning, null, Template,
        [
            new LogEventProperty("Dropped", new ScalarValue(dropped - _reported)),
            new LogEventProperty("QueueLength", new ScalarValue(queue.Length)),
        ]));
        (_lastReport, _reported) = (_lastEvent, dropped);
    }
}

/// <summary>Looks into Serilog's queue. Safe for concurrent use.</summary>
internal sealed class LogQueueMonitor : IAsyncLogEventSinkMonitor
{
    private IAsyncLogEventSinkInspector? _queue;

    /// <summary>Events dropped since the start.</summary>
    public long Dropped => _queue?.DroppedMessagesCount ?? 0;

    /// <summary>Events that may wait.</summary>
    public int Length => _queue?.BufferSize ?? 0;

    public void StartMonitoring(IAsyncLogEventSinkInspector inspector) => _queue = inspector;

    // The count stays readable after the queue has ended.
    public void StopMonitoring(IAsyncLogEventSinkInspector inspector)
    {
    }
}
