using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace ReleaseServer.Alerting;

/// <summary>
/// Notes that wait for one sink, and the only one who calls it. A sink that hangs costs its own queue and nothing else: what finds that full is
/// dropped and counted. Adding is safe for concurrent use.
/// </summary>
internal sealed partial class AlertQueue : IDisposable
{
    /// <summary>What could not be sent is given up after this many tries.</summary>
    private const int MaxTries = 4;

    /// <summary>How often a sink may do what is due while nothing happens.</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(30);

    private readonly IAlertSink _sink;
    private readonly TimeProvider _clock;
    private readonly ILogger<AlertQueue> _logger;
    private readonly Channel<AlertNote> _notes;
    private readonly CancellationTokenSource _stopping = new();
    private Task<bool>? _more;
    private long _sent;
    private long _lost;
    private long _dropped;
    private long _lostInTrouble;
    private bool _isInTrouble;

    public AlertQueue(IAlertSink sink, TimeProvider clock, ILogger<AlertQueue> logger)
    {
        (_sink, _clock, _logger) = (sink, clock, logger);
        _notes = Channel.CreateBounded<AlertNote>(new BoundedChannelOptions(sink.MaxQueueItems) { SingleReader = true });
    }

    public IAlertSink Sink => _sink;

    /// <summary>Notes that the sink has taken.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Notes that the sink has not taken, whatever the reason.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Notes that found the queue full.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Notes that wait now.</summary>
    public int Waiting => _notes.Reader.Count;

    /// <summary>Leaves a note for the sink, if that wants it. Never waits.</summary>
    /// <returns>False where it was dropped.</returns>
    public bool TryAdd(AlertNote note)
    {
        if (!_sink.Wants(note) || _notes.Writer.TryWrite(note))
        {
            return true;
        }

        Interlocked.Increment(ref _dropped);
        _sink.OnDropped(note);
        return false;
    }

    /// <summary>Takes no more notes; <see cref="RunAsync"/> ends when what waits has been tried once.</summary>
    public void Complete()
    {
        _notes.Writer.TryComplete();
        _stopping.Cancel();
    }

    /// <summary>Sends what comes until <see cref="Complete"/>, or until the token ends it at once. Never throws.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await WaitAsync(cancellationToken))
            {
                await PauseAsync(_sink.GatherTime, cancellationToken);
                await DeliverAsync(Drain([]), cancellationToken);
            }

            await GuardAsync(_sink.IdleAsync, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end of the process; what is left is counted by whoever asks.
        }
    }

    public void Dispose() => _stopping.Dispose();

    private async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            _more ??= _notes.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
            try
            {
                var more = await _more.WaitAsync(IdleTime, _clock, cancellationToken);
                _more = null;
                return more;
            }
            catch (TimeoutException)
            {
                await GuardAsync(_sink.IdleAsync, cancellationToken);
            }
        }
    }

    private async Task DeliverAsync(List<AlertNote> notes, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            var delivery = await SendAsync(notes, cancellationToken);
            if (delivery.RetryAfter is not { } wait)
            {
                Count(delivery);
                break;
            }

            if (tries < MaxTries)
            {
                Report(delivery.Trouble, lost: 0);
                await PauseAsync(wait, cancellationToken);
            }

            // Stopping: whoever asked for patience is not asked again before it has had it.
            if (tries == MaxTries || _stopping.IsCancellationRequested)
            {
                // Nor about what has come since.
                Count(new AlertDelivery(0, (_stopping.IsCancellationRequested ? Drain(notes) : notes).Count, delivery.Trouble));
                break;
            }

            notes = Drain(notes);
        }

        await PauseAsync(_sink.Pause, cancellationToken);
    }

    // Of a sink that gathers, each trouble is told once: as it stands now.
    private List<AlertNote> Drain(List<AlertNote> notes)
    {
        while (_notes.Reader.TryRead(out var note))
        {
            var place = _sink.GatherTime > TimeSpan.Zero ? notes.FindIndex(note.IsAbout) : -1;
            if (place < 0)
            {
                notes.Add(note);
            }
            else
            {
                notes[place] = note.After(notes[place]);
            }
        }

        return notes;
    }

    [SuppressMessage("Design", "CA1031", Justification = "A programming error in one sink must not end its queue")]
    private async Task<AlertDelivery> SendAsync(List<AlertNote> notes, CancellationToken cancellationToken)
    {
        try
        {
            return await _sink.SendAsync(notes, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return new AlertDelivery(0, notes.Count, $"{exception.GetType().Name}: {exception.Message}");
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "As above")]
    private async Task GuardAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Report($"{exception.GetType().Name}: {exception.Message}", lost: 0);
        }
    }

    // Ends early when the queue is to end.
    private async Task PauseAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        if (time > TimeSpan.Zero)
        {
            await Task.Delay(time, _clock, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private void Count(AlertDelivery delivery)
    {
        Interlocked.Add(ref _sent, delivery.Sent);
        Interlocked.Add(ref _lost, delivery.Lost);
        Report(delivery.Trouble, delivery.Lost);
    }

    // One line when it begins and one when it is over.
    private void Report(string? trouble, int lost)
    {
        _lostInTrouble += lost;
        if (trouble is null)
        {
            if (_isInTrouble)
            {
                LogRecovered(_sink.Name, _lostInTrouble);
                (_isInTrouble, _lostInTrouble) = (false, 0);
            }
        }
        else if (!_isInTrouble)
        {
            _isInTrouble = true;
            LogTrouble(_sink.Name, trouble);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Sink} cannot be told of alerts: {Trouble}; this is said once, until it can be again")]
    private partial void LogTrouble(string sink, string trouble);

    [LoggerMessage(LogLevel.Information, "{Sink} can be told of alerts again; {Lost} were lost")]
    private partial void LogRecovered(string sink, long lost);
}
