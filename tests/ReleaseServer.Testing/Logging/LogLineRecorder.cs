using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ReleaseServer.Testing.Logging;

/// <summary>Keeps what single classes log through loggers of its making, as lines such as <c>Warning: The bucket has no links</c>.</summary>
internal sealed class LogLineRecorder
{
    private readonly ConcurrentQueue<string> _lines = [];

    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>Lines of a level, without its name.</summary>
    public IReadOnlyList<string> Of(LogLevel level) =>
        [.. _lines.Where(line => line.StartsWith($"{level}: ", StringComparison.Ordinal)).Select(line => line[$"{level}: ".Length..])];

    public void Clear() => _lines.Clear();

    public ILogger<T> For<T>() => new Logger<T>(_lines);

    private sealed class Logger<T>(ConcurrentQueue<string> lines) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel}: {formatter(state, exception)}");
    }
}
