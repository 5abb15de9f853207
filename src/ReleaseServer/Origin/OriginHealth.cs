namespace ReleaseServer.Origin;

/// <summary>
/// The breaker of one origin. It opens after a few failures in a row, of requests and checks alike; while it is open no request is sent. Only a
/// check that succeeds closes it, and then the next failure alone opens it again, until a request has succeeded. Safe for concurrent use.
/// </summary>
internal sealed class OriginHealth(TimeProvider clock)
{
    /// <summary>One failure may be the object's, two chance.</summary>
    public const int FailuresToOpen = 3;

    private readonly Lock _lock = new();
    private int _failures;
    private bool _isOnTrial;
    private volatile bool _isOpen;

    /// <summary>Whether requests are not to be sent.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>When it last opened or closed; the start at first.</summary>
    public DateTimeOffset Since { get; private set; } = clock.GetUtcNow();

    /// <summary>The last failure; null where there was none since it last succeeded.</summary>
    public string? Trouble { get; private set; }

    /// <summary>A request was answered. Of one that was sent before the breaker opened, that is no news.</summary>
    public void Succeed()
    {
        if (Volatile.Read(ref _failures) > 0)
        {
            lock (_lock)
            {
                if (!_isOpen)
                {
                    (_failures, _isOnTrial, Trouble) = (0, false, null);
                }
            }
        }
    }

    /// <returns>Whether the breaker opened by this.</returns>
    public bool Fail(string trouble)
    {
        lock (_lock)
        {
            Trouble = trouble;
            if (_isOpen || ++_failures < FailuresToOpen)
            {
                return false;
            }

            (_isOpen, Since) = (true, clock.GetUtcNow());
            return true;
        }
    }

    /// <summary>The check was answered.</summary>
    /// <returns>Whether the breaker closed by this.</returns>
    public bool SucceedCheck()
    {
        lock (_lock)
        {
            if (_isOpen)
            {
                // Half open: the cheap route works, and the others have yet to show that they do.
                (_isOpen, _isOnTrial, _failures, Since, Trouble) = (false, true, FailuresToOpen - 1, clock.GetUtcNow(), null);
                return true;
            }

            (_failures, Trouble) = _isOnTrial ? (_failures, Trouble) : (0, null);
            return false;
        }
    }

    /// <summary>All of it at one moment, for operators.</summary>
    public (bool IsOpen, DateTimeOffset Since, string? Trouble) Describe()
    {
        lock (_lock)
        {
            return (_isOpen, Since, Trouble);
        }
    }
}
