using Serilog.Core;
using Serilog.Events;

namespace ReleaseServer.Testing.Logging;

/// <summary>
/// Keeps what a whole server logs, as the events that its log gets, with their properties; lets tests wait for one. Safe for concurrent use.
/// </summary>
internal sealed class LogEventRecorder : ILogEventSink
{
    private readonly Lock _lock = new();
    private readonly List<LogEvent> _events = [];
    private readonly List<(Func<LogEvent, bool> Matches, TaskCompletionSource<LogEvent> Found)> _waiting = [];

    /// <summary>All events so far, as text with exceptions.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _events.Select(static logged => $"{logged.Level}: {Text(logged)} {logged.Exception}")];
            }
        }
    }

    public void Emit(LogEvent logEvent)
    {
        lock (_lock)
        {
            _events.Add(logEvent);
            foreach (var waiting in _waiting.Where(waiting => waiting.Matches(logEvent)).ToList())
            {
                _waiting.Remove(waiting);
                waiting.Found.SetResult(logEvent);
            }
        }
    }

    /// <summary>The access line of the request for a target, as soon as it is written.</summary>
    public async Task<AccessLine> AccessAsync(string target)
    {
        var logged = await WhenAsync(logged => IsAccess(logged) && Value(logged, "Path") is string path && path == target);
        return LineOf(logged);
    }

    /// <summary>Ends once there is a line that holds a text; quotes around values are left out of the line.</summary>
    public Task LineAsync(string text) =>
        WhenAsync(logged => Text(logged).Replace("\"", "", StringComparison.Ordinal).Contains(text, StringComparison.Ordinal));

    /// <summary>All access lines so far, in the order in which they were written.</summary>
    public IReadOnlyList<AccessLine> Accesses
    {
        get
        {
            lock (_lock)
            {
                return [.. _events.Where(IsAccess).Select(LineOf)];
            }
        }
    }

    /// <summary>How many access lines there are for a target so far.</summary>
    public int CountAccess(string target)
    {
        lock (_lock)
        {
            return _events.Count(logged => IsAccess(logged) && Value(logged, "Path") is string path && path == target);
        }
    }

    private static AccessLine LineOf(LogEvent logged) =>
        new((string)Value(logged, "Method")!, (int)Value(logged, "Status")!, (long)Value(logged, "Bytes")!, (string?)Value(logged, "Origin"));

    private static bool IsAccess(LogEvent logged) => Value(logged, "SourceContext") is "ReleaseServer.Access";

    private static object? Value(LogEvent logged, string name) =>
        logged.Properties.TryGetValue(name, out var property) && property is ScalarValue scalar ? scalar.Value : null;

    private static string Text(LogEvent logged) => logged.RenderMessage(System.Globalization.CultureInfo.InvariantCulture);

    private Task<LogEvent> WhenAsync(Func<LogEvent, bool> matches)
    {
        lock (_lock)
        {
            if (_events.FirstOrDefault(matches) is { } logged)
            {
                return Task.FromResult(logged);
            }

            var found = new TaskCompletionSource<LogEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((matches, found));
            return found.Task.WaitAsync(Http.RawClient.Patience);
        }
    }
}

/// <summary>What the access log says of one request.</summary>
/// <param name="Origin">The origin that answered; null where none did.</param>
internal sealed record AccessLine(string Method, int Status, long Bytes, string? Origin = null);
