using System.Threading.Channels;
using Serilog.Core;
using Serilog.Events;
using Serilog.Parsing;

namespace ReleaseServer.Telemetry;

/// <summary>
/// Writes one event for each request, of level Information and source <c>ReleaseServer.Access</c>. A request only leaves its entry in a bounded
/// queue; events are made of them elsewhere, and what finds the queue full is dropped and counted. Disposing writes what waits.
/// Safe for concurrent use.
/// </summary>
internal sealed class AccessLog(Serilog.ILogger logger, LogOptions options, TimeProvider time) : IThreadPoolWorkItem, IDisposable
{
    /// <summary>What stands for a client address or user agent that is not known, as in nginx.</summary>
    private const string Unknown = "-";

    private static readonly MessageTemplate Template = new MessageTemplateParser().Parse(
        $"{{Method}} {{Path}} {{Status}} {{Bytes}} B {{Elapsed:0.0}} ms {{ClientAddress}} {{UserAgent:{LogMessage.QuotedFormat}}}");

    private static readonly MessageTemplate OriginTemplate = new MessageTemplateParser().Parse(Template.Text + " from {Origin}");

    private static readonly MessageTemplate DroppedTemplate = new MessageTemplateParser().Parse(
        "{Dropped} access lines were dropped: more than {QueueLength} (Log:QueueLength) waited to be written");

    private static readonly LogEventProperty Source = new(Constants.SourceContextPropertyName, new ScalarValue("ReleaseServer.Access"));

    private readonly Channel<Waiting> _queue = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(options.QueueLength));
    private readonly Lock _writing = new();
    private int _isScheduled;
    private long _dropped;
    private long _droppedTold;

    /// <summary>Whether <see cref="Write"/> does anything; where not, a caller may save itself the entry.</summary>
    public bool IsEnabled { get; } = options.Access && logger.IsEnabled(LogEventLevel.Information);

    /// <summary>Whether <see cref="AccessLogEntry.RequestId"/> will be seen by anybody.</summary>
    public bool TellsRequestId { get; } = options.Format == LogFormat.Json;

    /// <summary>Entries dropped since the start because the queue was full.</summary>
    public long DroppedEntries => Interlocked.Read(ref _dropped);

    /// <summary>Never waits, and allocates nothing.</summary>
    public void Write(in AccessLogEntry entry)
    {
        if (!IsEnabled)
        {
            return;
        }

        if (!_queue.Writer.TryWrite(new Waiting(entry, time.GetUtcNow())))
        {
            Interlocked.Increment(ref _dropped);
        }
        else if (Interlocked.Exchange(ref _isScheduled, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Writes what waits. For the thread pool.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        // First: who finds this set may rely on its entry being seen below.
        Interlocked.Exchange(ref _isScheduled, 0);
        WriteWaiting();
    }

    public void Dispose()
    {
        _queue.Writer.TryComplete();
        WriteWaiting();
    }

    private static LogEventProperty Property(string name, object value) => new(name, new ScalarValue(value));

    private void WriteWaiting()
    {
        lock (_writing)
        {
            while (_queue.Reader.TryRead(out var waiting))
            {
                Emit(waiting);
            }

            TellDropped();
        }
    }

    private void Emit(in Waiting waiting)
    {
        var entry = waiting.Entry;

        // The event is made by hand, and not through a template with arguments, for the request id, which no template names.
        var written = new LogEvent(
            Local(waiting.Ended),
            LogEventLevel.Information,
            null,
            entry.Origin is null ? Template : OriginTemplate,
            [
                Source,
                Property("Method", entry.Method),
                Property("Path", entry.Path),
                Property("Status", entry.Status),
                Property("Bytes", entry.Bytes),
                Property("Elapsed", Math.Round(entry.Duration.TotalMilliseconds, 3)),
                Property("ClientAddress", entry.ClientAddress?.ToString() ?? Unknown),
                Property("UserAgent", entry.UserAgent ?? Unknown),
                Property("RequestId", entry.RequestId),
            ]);
        if (entry.Origin is { } origin)
        {
            written.AddPropertyIfAbsent(Property("Origin", origin));
        }

        logger.Write(written);
    }

    // Once for each time that the queue was full and has been emptied, so a flood is told of now and then.
    private void TellDropped()
    {
        var dropped = DroppedEntries;
        if (dropped > _droppedTold)
        {
            logger.Write(new LogEvent(Local(time.GetUtcNow()), LogEventLevel.Warning, null, DroppedTemplate,
                [Source, Property("Dropped", dropped - _droppedTold), Property("QueueLength", options.QueueLength)]));
            _droppedTold = dropped;
        }
    }

    private DateTimeOffset Local(DateTimeOffset moment) => TimeZoneInfo.ConvertTime(moment, time.LocalTimeZone);

    private readonly record struct Waiting(AccessLogEntry Entry, DateTimeOffset Ended);
}
