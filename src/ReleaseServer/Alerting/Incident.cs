namespace ReleaseServer.Alerting;

/// <summary>A moment by both clocks: one for durations, which only goes forward, and one for people.</summary>
internal readonly record struct Moment(TimeSpan Elapsed, DateTimeOffset Utc);

/// <summary>One fingerprint: makes one note of many alerts. Whoever uses it holds its lock.</summary>
/// <remarks>
/// Each note but the last takes a token. There are <see cref="AlertingOptions.Burst"/> of them, and one comes back in
/// <see cref="AlertingOptions.RemindAfter"/>: trouble that comes and goes all day is told of a few times and then now and then.
/// </remarks>
internal sealed class Incident(AlertKind kind, string subject, AlertingOptions options, Moment now)
{
    private double _tokens = options.Burst;
    private TimeSpan _tokensAt = now.Elapsed;
    private TimeSpan _lastRaised;
    private TimeSpan _lastTold;
    private bool _wasTold;
    private string _message = "";
    private DateTimeOffset _since;
    private long _count;
    private long _untold;

    public bool IsOpen { get; private set; }

    /// <summary>Whether it may be forgotten: a new one would do the same.</summary>
    public bool IsSpent => !IsOpen && _tokens >= options.Burst;

    /// <summary>Whether it was forgotten, and a new one must be made.</summary>
    public bool IsForgotten { get; set; }

    /// <summary>What the process that sees it next must know; null where nobody has to be told of its end.</summary>
    public AlertMark? Mark(Moment now) => IsOpen && _wasTold ? new AlertMark(_since, now.Utc - (now.Elapsed - _lastTold), _count, _untold) : null;

    /// <summary>Goes on with what another process has told of, unless it is open here already.</summary>
    public void GoOn(AlertMark mark, Moment now)
    {
        if (IsOpen)
        {
            return;
        }

        // A clock that was put back must not make of the last time one that is still to come.
        var passed = now.Utc - mark.Told;
        _lastTold = now.Elapsed - (passed > TimeSpan.Zero ? passed : TimeSpan.Zero);
        (IsOpen, _wasTold, _since, _count, _untold) = (true, true, mark.Since, mark.Count, mark.Untold);
    }

    /// <returns>What is to be told; null for nothing.</returns>
    public AlertNote? Raise(Alert alert, Moment now)
    {
        if (!IsOpen)
        {
            (IsOpen, _wasTold, _since, _count) = (true, false, now.Utc, 0);
        }

        _count++;
        (_lastRaised, _message) = (now.Elapsed, alert.Message);
        if (!IsDue(now))
        {
            _untold++;
            return null;
        }

        return Tell(now) with { Exception = alert.Exception, Request = alert.Request };
    }

    /// <inheritdoc cref="Raise"/>
    public AlertNote? Resolve(string message, Moment now)
    {
        if (!IsOpen)
        {
            return null;
        }

        IsOpen = false;
        _message = message;
        return _wasTold ? Note(AlertPhase.Resolved, now) : null;
    }

    /// <summary>Looks whether time alone has brought something to tell.</summary>
    /// <inheritdoc cref="Raise"/>
    public AlertNote? Sweep(Moment now)
    {
        Refill(now);
        if (!IsOpen)
        {
            return null;
        }

        return kind.EndsBySilence && now.Elapsed - _lastRaised >= options.QuietTime
            ? Resolve("It has not been seen again.", now)
            : IsDue(now) ? Tell(now) : null;
    }

    private bool IsDue(Moment now)
    {
        Refill(now);
        return _tokens >= 1 && (!_wasTold || now.Elapsed - _lastTold >= options.RemindAfter);
    }

    private AlertNote Tell(Moment now)
    {
        _tokens--;
        _lastTold = now.Elapsed;
        var phase = _wasTold ? AlertPhase.Ongoing : AlertPhase.Raised;
        _wasTold = true;
        return Note(phase, now);
    }

    private AlertNote Note(AlertPhase phase, Moment now)
    {
        var note = new AlertNote
        {
            Kind = kind,
            Subject = subject,
            Message = _message,
            Phase = phase,
            Since = _since,
            At = now.Utc,
            Count = _count,
            Suppressed = _untold,
        };
        _untold = 0;
        return note;
    }

    private void Refill(Moment now)
    {
        _tokens = Math.Min(options.Burst, _tokens + ((now.Elapsed - _tokensAt) / options.RemindAfter));
        _tokensAt = now.Elapsed;
    }
}
