namespace ReleaseServer.Resilience;

/// <summary>What a breaker lets through.</summary>
internal enum BreakerState
{
    /// <summary>Everything.</summary>
    Closed,

    /// <summary>Nothing but a probe now and then.</summary>
    Open,

    /// <summary>As <see cref="Open"/>; a probe is under way.</summary>
    HalfOpen,
}

/// <summary>
/// Stops asking somebody who does not answer, and finds out when he does again: a run of failures opens it, one probe that succeeds closes
/// it. For buckets, and for any other peer. Safe for concurrent use; what is healthy costs no lock.
/// </summary>
/// <param name="options">When it opens, and how often it lets a probe through.</param>
/// <param name="time">Measures the time between probes.</param>
/// <param name="onChange">Told of each change of state, in order, under the breaker's lock: it must neither wait nor throw.</param>
internal sealed class CircuitBreaker(BreakerOptions options, TimeProvider time, Action<BreakerState>? onChange = null)
{
    /// <summary>How many quick failures a slow one is worth: who hangs is found out by two callers, not by ten that wait for it.</summary>
    private const int SlowWeight = 5;

    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private TaskCompletionSource _opened = NewSignal();
    private volatile BreakerState _state;
    private int _run;
    private long _lastSuccess;
    private long _lastProbe;

    public BreakerState State => _state;

    public bool IsClosed => _state == BreakerState.Closed;

    /// <summary>Whether to ask now. Whoever is let through says what came of it, or nothing where nothing did, such as for a caller that left.</summary>
    public bool TryEnter()
    {
        if (IsClosed)
        {
            return true;
        }

        lock (_lock)
        {
            if (_state == BreakerState.Closed)
            {
                return true;
            }

            var now = time.GetTimestamp();
            if (time.GetElapsedTime(_lastProbe, now) < options.ProbeInterval)
            {
                return false;
            }

            _lastProbe = now;
            Change(BreakerState.HalfOpen);
            return true;
        }
    }

    /// <summary>There was an answer.</summary>
    public void Succeeded()
    {
        Volatile.Write(ref _lastSuccess, time.GetTimestamp());
        if (IsClosed && Volatile.Read(ref _run) == 0)
        {
            return;
        }

        lock (_lock)
        {
            // While it is open, only the probe counts: an answer that was long on its way says nothing of now.
            if (_state != BreakerState.Open)
            {
                _run = 0;
                Change(BreakerState.Closed);
            }
        }
    }

    /// <summary>There was none.</summary>
    /// <param name="took">From the question to the failure.</param>
    public void Failed(TimeSpan took)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            if (_state == BreakerState.HalfOpen)
            {
                // Who asked before the probe did says nothing of the probe.
                if (took <= time.GetElapsedTime(_lastProbe, now))
                {
                    Change(BreakerState.Open);
                }

                return;
            }

            if (_state == BreakerState.Open)
            {
                return;
            }

            var isAlone = _lastSuccess == 0 || time.GetElapsedTime(Volatile.Read(ref _lastSuccess), now) >= took;
            _run += took >= Slow && isAlone ? SlowWeight : 1;
            if (_run >= options.Failures)
            {
                _lastProbe = now;
                Change(BreakerState.Open);
            }
        }
    }

    /// <summary>Ends as soon as it is not closed.</summary>
    public Task WhenOpenAsync()
    {
        lock (_lock)
        {
            return _opened.Task;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Under the lock.
    private void Change(BreakerState state)
    {
        if (_state == state)
        {
            return;
        }

        _state = state;
        if (state == BreakerState.Open)
        {
            _opened.TrySetResult();
        }
        else if (state == BreakerState.Closed)
        {
            _opened = NewSignal();
        }

        onChange?.Invoke(state);
    }
}
