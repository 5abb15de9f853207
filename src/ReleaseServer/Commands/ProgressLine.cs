namespace ReleaseServer.Commands;

/// <summary>One line of a terminal that is drawn over and over; nothing at all where the output is not a terminal.</summary>
internal sealed class ProgressLine(TextWriter output) : IDisposable
{
    private static readonly long RedrawAfter = TimeSpan.TicksPerSecond / 10;
    private readonly Lock _lock = new();
    private readonly bool _isTerminal = !Console.IsErrorRedirected;
    private long _drawn = long.MinValue;
    private int _width;

    /// <summary>Shows a text; at most ten times a second, for terminals are slow.</summary>
    public void Show(string text)
    {
        if (!_isTerminal)
        {
            return;
        }

        lock (_lock)
        {
            var now = TimeProvider.System.GetTimestamp();
            if (_drawn != long.MinValue && TimeProvider.System.GetElapsedTime(_drawn, now).Ticks < RedrawAfter)
            {
                return;
            }

            _drawn = now;
            output.Write("\r" + text.PadRight(_width));
            _width = text.Length;
        }
    }

    /// <summary>Shows how far a piece of work with a known end has come.</summary>
    public void Show(string text, long done, long of)
    {
        const int Cells = 30;
        var filled = of == 0 ? Cells : (int)(done * Cells / of);
        Show($"{text} [{new string('#', filled)}{new string('.', Cells - filled)}] {done:N0} of {of:N0}");
    }

    public void Clear()
    {
        lock (_lock)
        {
            if (_width > 0)
            {
                output.Write("\r" + new string(' ', _width) + "\r");
                _width = 0;
            }
        }
    }

    public void Dispose() => Clear();
}
