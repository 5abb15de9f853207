using System.Numerics;

namespace ReleaseServer.Shadow;

/// <summary>One difference, as often as it was seen.</summary>
/// <param name="Target">Of the request that showed it.</param>
internal sealed record ShadowFinding(
    string Method, string Target, ShadowDifference Kinds, ShadowAnswer Ours, ShadowAnswer Theirs, DateTimeOffset First, DateTimeOffset Last, long Times);

/// <summary>What became of the mirrored requests, and the last differences. Bounded; safe for concurrent use.</summary>
internal sealed class ShadowFindings(TimeProvider clock)
{
    /// <summary>Differences kept; of more, the one that was not seen for longest is forgotten.</summary>
    public const int Kept = 100;

    private const int LinesAMinute = 10;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Method, string Target, ShadowDifference Kinds), ShadowFinding> _last = [];
    private readonly long[] _byKind = new long[BitOperations.Log2((uint)ShadowDifference.Body) + 1];
    private long _same;
    private long _different;
    private long _failed;
    private long _minute;
    private int _lines;

    public long Same => Interlocked.Read(ref _same);

    public long Different => Interlocked.Read(ref _different);

    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>The last differences, the newest first.</summary>
    public IReadOnlyList<ShadowFinding> Last
    {
        get
        {
            lock (_lock)
            {
                return [.. _last.Values.OrderByDescending(static finding => finding.Last)];
            }
        }
    }

    /// <summary>How many of one kind.</summary>
    public long Count(ShadowDifference kind) => Interlocked.Read(ref _byKind[BitOperations.Log2((uint)kind)]);

    public void AddSame() => Interlocked.Increment(ref _same);

    public void AddFailed() => Interlocked.Increment(ref _failed);

    /// <summary>Whether this very difference is known.</summary>
    public bool Knows(ShadowRequest request, ShadowDifference kinds)
    {
        lock (_lock)
        {
            return _last.ContainsKey((request.Method, request.Target, kinds));
        }
    }

    /// <summary>Adds a difference.</summary>
    /// <returns>Whether to tell of it: it is new, and there were not too many in this minute.</returns>
    public bool Add(ShadowRequest request, ShadowDifference kinds, ShadowAnswer ours, ShadowAnswer theirs)
    {
        Interlocked.Increment(ref _different);
        for (var i = 0; i < _byKind.Length; i++)
        {
            if (kinds.HasFlag((ShadowDifference)(1 << i)))
            {
                Interlocked.Increment(ref _byKind[i]);
            }
        }

        lock (_lock)
        {
            var (key, now) = ((request.Method, request.Target, kinds), clock.GetUtcNow());
            if (_last.TryGetValue(key, out var known))
            {
                _last[key] = known with { Ours = ours, Theirs = theirs, Last = now, Times = known.Times + 1 };
                return false;
            }

            if (_last.Count == Kept)
            {
                _last.Remove(_last.MinBy(static pair => pair.Value.Last).Key);
            }

            _last[key] = new ShadowFinding(request.Method, request.Target, kinds, ours, theirs, now, now, 1);
            return MayTell(now);
        }
    }

    private bool MayTell(DateTimeOffset now)
    {
        if (now.Ticks / TimeSpan.TicksPerMinute is var minute && minute != _minute)
        {
            (_minute, _lines) = (minute, 0);
        }

        return _lines++ < LinesAMinute;
    }
}
