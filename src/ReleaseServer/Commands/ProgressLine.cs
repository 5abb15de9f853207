namespace ReleaseServer.Commands;

/// <summary>One line of a terminal that is drawn over and over; nothing at all where the caller has none.</summary>
internal sealed class ProgressLine(Caller caller) : IDisposable
{
    private static readonly long RedrawAfter = TimeSpan.TicksPerSecond / 10;
    private readonly Lock _lock = new();
    private long _drawn = long.MinValue;
    private int _width;

    /// <summary>Shows a text; at most ten times a second, for terminals are slow.</summary>
    public void Show(string text)
    {
        if (!caller.ShowsProgress)
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
            var columns = Columns();
            var shown = text.Length <= columns ? text : text[..columns];
            caller.Error.Write("\r" + shown.PadRight(Math.Min(_width, columns)));
            _width = shown.Length;
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
                caller.Error.Write("\r" + new string(' ', _width) + "\r");
                _width = 0;
            }
        }
    }

    public void Dispose() => Clear();

    // What fits in a line: a longer one would wrap, and each drawing leave one behind. The last column is left free, for some terminals wrap there.
    private static int Columns()
    {
        const int Usual = 80;
        try
        {
            return (Console.WindowWidth is > 1 and var width ? width : Usual) - 1;
        }
        catch (Exception exception) when (exception is IOException or PlatformNotSupportedException)
        {
            return Usual - 1;
        }
    }
}
