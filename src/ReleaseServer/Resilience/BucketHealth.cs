using ReleaseServer.Alerting;
using ReleaseServer.Buckets;

namespace ReleaseServer.Resilience;

/// <summary>What this node has found one bucket to be like: its breaker and its retry budget. Tells operators of each change. Safe for concurrent use.</summary>
internal sealed partial class BucketHealth
{
    /// <summary>A bucket that left a read without an answer is taken for one that does so at times for so long.</summary>
    private static readonly TimeSpan HangRemembered = TimeSpan.FromSeconds(10);

    private readonly string _description;
    private readonly IAlerts _alerts;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private volatile BucketUnavailableException? _lastFailure;
    private bool _isDown;
    private long _lastHang;

    /// <param name="description">Of the bucket, as its <see cref="IBucket.Description"/>.</param>
    public BucketHealth(string description, RetryOptions retry, BreakerOptions breaker, TimeProvider time, IAlerts alerts, ILogger logger)
    {
        (_description, _alerts, _logger, _time) = (description, alerts, logger, time);
        Budget = new RetryBudget(retry, time);
        Breaker = new CircuitBreaker(breaker, time, OnChange);
    }

    public CircuitBreaker Breaker { get; }

    public RetryBudget Budget { get; }

    public BucketCounts Counts { get; } = new();

    /// <summary>Whether it left reads without an answer lately, though most are answered.</summary>
    public bool HangsAtTimes =>
        Volatile.Read(ref _lastHang) is not 0 and var last
        && Breaker.IsClosed && Budget.IsFlakyAtMost && _time.GetElapsedTime(last) < HangRemembered;

    public void Succeeded()
    {
        Budget.Answered(isWell: true);
        Breaker.Succeeded();
    }

    /// <summary>Notes a failure, unless it says nothing of the bucket.</summary>
    /// <param name="took">From the question to the failure.</param>
    public void Note(BucketUnavailableException failure, TimeSpan took)
    {
        switch (failure.Fault)
        {
            case BucketFault.NotAsked:
                return;
            case BucketFault.NoSuchBytes:
                Succeeded();
                return;
            default:
                Budget.Answered(isWell: false);
                Failed(failure, took);
                return;
        }
    }

    /// <summary>Notes a body that broke, or was wrong, after its head was noted as a success.</summary>
    public void NoteBody(BucketUnavailableException broken)
    {
        Budget.Broke();

        // One object that is damaged is no reason to leave all others, however many read it at once.
        if (broken is not WrongBytesException)
        {
            Failed(broken, TimeSpan.Zero);
        }
    }

    /// <exception cref="BucketUnavailableException">The breaker is not closed.</exception>
    public void ThrowIfDown()
    {
        if (!Breaker.IsClosed)
        {
            throw new BucketUnavailableException($"{_description} is down: {_lastFailure?.Message}") { Fault = BucketFault.NotAsked };
        }
    }

    private void Failed(BucketUnavailableException failure, TimeSpan took)
    {
        if (failure.Fault == BucketFault.Timeout)
        {
            Volatile.Write(ref _lastHang, _time.GetTimestamp());
        }

        _lastFailure = failure;
        Breaker.Failed(took);
    }

    // Under the breaker's lock.
    private void OnChange(BreakerState state)
    {
        if (state == BreakerState.Closed)
        {
            _isDown = false;
            LogUp(_description);
            _alerts.Resolve(AlertKind.BucketDown, _description, $"{_description} answers again.");
        }
        else if (state == BreakerState.Open)
        {
            var failure = _lastFailure;
            if (!_isDown)
            {
                // Not after each probe that failed.
                LogDown(_description, failure?.Message ?? "no answer");
            }

            _isDown = true;
            _alerts.Raise(new Alert(AlertKind.BucketDown, _description, $"{_description} does not answer and is only probed from now on.", failure));
        }
    }

    [LoggerMessage(LogLevel.Error, "{Bucket} is down, and only probed from now on: {Reason}")]
    private partial void LogDown(string bucket, string reason);

    [LoggerMessage(LogLevel.Information, "{Bucket} answers again")]
    private partial void LogUp(string bucket);
}
