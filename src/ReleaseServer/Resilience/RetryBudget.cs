namespace ReleaseServer.Resilience;

/// <summary>
/// Says whether one bucket may be asked again. Over any 10 s, retries are at most <see cref="RetryOptions.BudgetPercent"/> of the requests, or
/// <see cref="RetryOptions.BudgetFloor"/> a second where that is more. While the bucket is no more than flaky, one more is allowed for each that
/// succeeded: a bucket that fails at random needs them, and can bear them; one that is down has no successes to pay with. Safe for concurrent use.
/// </summary>
/// <remarks>Retries before the first byte, resumed bodies and hedged reads all draw on it.</remarks>
internal sealed class RetryBudget(RetryOptions options, TimeProvider time)
{
    /// <summary>Seconds of the window.</summary>
    public const int Window = 10;

    /// <summary>How much the newest outcome weighs: about the last twenty count.</summary>
    private const double Weight = 0.05;

    private const double LeastShare = 0.25;

    private readonly Lock _lock = new();
    private readonly Second[] _seconds = new Second[Window];
    private Second _sum;
    private long _now = time.GetTimestamp() / time.TimestampFrequency;
    private double _wellShare = 1;
    private long _retries;
    private long _refused;

    /// <summary>Whether at least one in four of the last requests succeeded, so that another try is likely to. True at the start.</summary>
    public bool IsFlakyAtMost => Volatile.Read(ref _wellShare) >= LeastShare;

    /// <summary>Retries allowed since the start.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>Retries refused since the start.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>How many more retries would be allowed at this moment.</summary>
    public long Left()
    {
        lock (_lock)
        {
            Current();
            return Math.Max(0, Most() - _sum.Retries);
        }
    }

    /// <summary>Counts a request that is no retry.</summary>
    public void Requested()
    {
        lock (_lock)
        {
            ref var second = ref Current();
            second.Requests++;
            _sum.Requests++;
        }
    }

    /// <summary>Counts what came of a request, retries included.</summary>
    public void Answered(bool isWell)
    {
        lock (_lock)
        {
            _wellShare += Weight * ((isWell ? 1 : 0) - _wellShare);
            if (isWell)
            {
                ref var second = ref Current();
                second.Successes++;
                _sum.Successes++;
            }
        }
    }

    /// <summary>Takes back that an answer was well: its body broke, or was wrong. It pays for no retry then.</summary>
    public void Broke()
    {
        lock (_lock)
        {
            _wellShare = Math.Max(0, _wellShare - Weight);

            // Below nothing where the answer came in a second before: the two go by at nearly the same time.
            ref var second = ref Current();
            second.Successes--;
            _sum.Successes--;
        }
    }

    /// <summary>Whether one more request may be made; it is then counted.</summary>
    public bool TryRetry()
    {
        lock (_lock)
        {
            ref var second = ref Current();
            if (_sum.Retries >= Most())
            {
                _refused++;
                return false;
            }

            _retries++;
            second.Retries++;
            _sum.Retries++;
            return true;
        }
    }

    // Under the lock.
    private long Most()
    {
        var most = Math.Max(_sum.Requests * options.BudgetPercent / 100, (long)options.BudgetFloor * Window);
        return IsFlakyAtMost ? most + Math.Max(0, _sum.Successes) : most;
    }

    // Under the lock. Empties the seconds that have gone by since it was called last.
    private ref Second Current()
    {
        var now = time.GetTimestamp() / time.TimestampFrequency;
        for (var passed = Math.Max(_now + 1, now - Window + 1); passed <= now; passed++)
        {
            ref var old = ref _seconds[passed % Window];
            _sum.Requests -= old.Requests;
            _sum.Successes -= old.Successes;
            _sum.Retries -= old.Retries;
            old = default;
        }

        _now = Math.Max(_now, now);
        return ref _seconds[_now % Window];
    }

    private struct Second
    {
        public long Requests;
        public long Successes;
        public long Retries;
    }
}
