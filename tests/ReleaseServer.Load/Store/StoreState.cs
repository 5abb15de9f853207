using System.Collections.Concurrent;

namespace ReleaseServer.Load.Store;

internal enum StoreMode
{
    Normal,

    /// <summary>Nothing listens.</summary>
    Refuse,

    /// <summary>Every request is answered 503.</summary>
    Fail,

    /// <summary>No request is answered, until the mode changes.</summary>
    Hang,

    /// <summary>Every body breaks off at its middle.</summary>
    Cut,
}

/// <summary>What the store was told to do, and what it was asked. Safe for concurrent use.</summary>
internal sealed class StoreState
{
    // Timers are late, on a busy machine by many milliseconds: as much may be made up for, or a limit would be lower than it says.
    private static readonly long Lateness = TimeProvider.System.TimestampFrequency / 20;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<(string Kind, string Key), long> _counts = new();
    private TaskCompletionSource _modeChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _freeAt;

    public StoreMode Mode { get; private set; }

    /// <summary>Time before each answer.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>Bytes per second of each body; 0 for no limit.</summary>
    public long BodyRate { get; set; }

    /// <summary>Bytes per second of all bodies together; 0 for no limit.</summary>
    public long TotalRate { get; set; }

    /// <summary>Ends at the next change of the mode.</summary>
    public Task ModeChanged => Volatile.Read(ref _modeChanged).Task;

    public void SetMode(StoreMode mode)
    {
        Mode = mode;
        Interlocked.Exchange(ref _modeChanged, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    /// <param name="kind">GET, HEAD or LIST.</param>
    public void Count(string kind, string key) => _counts.AddOrUpdate((kind, key), 1, static (_, count) => count + 1);

    public void ResetCounts() => _counts.Clear();

    public IReadOnlyList<StoreCount> Counts() => [.. _counts.Select(static pair => new StoreCount(pair.Key.Kind, pair.Key.Key, pair.Value))];

    /// <summary>Takes the next bytes out of the total limit.</summary>
    /// <returns>How long to wait before the bytes may be sent.</returns>
    public TimeSpan Reserve(int bytes)
    {
        var rate = TotalRate;
        if (rate == 0)
        {
            return TimeSpan.Zero;
        }

        var now = TimeProvider.System.GetTimestamp();
        lock (_lock)
        {
            _freeAt = Math.Max(_freeAt, now - Lateness) + (bytes * TimeProvider.System.TimestampFrequency / rate);
            var wait = TimeProvider.System.GetElapsedTime(now, _freeAt);
            return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
        }
    }
}

/// <param name="Kind">GET, HEAD or LIST.</param>
internal sealed record StoreCount(string Kind, string Key, long Count);
