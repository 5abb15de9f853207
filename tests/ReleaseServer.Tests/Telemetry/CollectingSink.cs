using System.Collections.Concurrent;
using System.Globalization;
using ReleaseServer.Telemetry;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace ReleaseServer.Tests.Telemetry;

/// <summary>Keeps events, and holds up their writer while it is told to.</summary>
internal sealed class CollectingSink : ILogEventSink
{
    private readonly ConcurrentQueue<LogEvent> _events = [];
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _held;

    /// <summary>Ends when the first event is here.</summary>
    public Task Reached => _reached.Task;

    public IReadOnlyCollection<LogEvent> Events => _events;

    public IEnumerable<string> Messages => _events.Select(logEvent =>
    {
        using var output = new StringWriter();
        LogMessage.Write(logEvent, output);
        return output.ToString();
    });

    public static string Format(ITextFormatter formatter, LogEvent logEvent)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        formatter.Format(logEvent, output);
        return output.ToString();
    }

    public void HoldUp() => _held = new TaskCompletionSource();

    public void LetGo() => _held?.SetResult();

    public void Emit(LogEvent logEvent)
    {
        _events.Enqueue(logEvent);
        _reached.TrySetResult();
        _held?.Task.Wait();
    }
}
