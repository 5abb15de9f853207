namespace ReleaseServer.Limits;

/// <summary>
/// A token bucket for each client, for a fixed number of clients: beyond it, the one that took longest ago is forgotten, and begins anew with a
/// full bucket. Safe for concurrent use.
/// </summary>
/// <remarks>
/// Kept as the generic cell rate algorithm does (ITU-T I.371): of each client the one time up to which its tokens are spent, so nothing is
/// refilled and a bucket is 40 bytes.
/// </remarks>
/// <param name="perSecond">Tokens that come back in a second, 1 or more.</param>
/// <param name="burst">Tokens in a full bucket, 1 or more.</param>
/// <param name="clients">Most clients, 1 or more.</param>
internal sealed class TokenBuckets(int perSecond, int burst, int clients, TimeProvider clock)
{
    private const int None = -1;

    private readonly Lock _lock = new();
    private readonly Dictionary<ClientAddress, int> _places = [];
    private readonly long _interval = Math.Max(1, clock.TimestampFrequency / perSecond);
    private Bucket[] _buckets = new Bucket[Math.Min(clients, 64)];
    private int _newest = None;
    private int _oldest = None;

    /// <summary>Clients that are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _places.Count;
            }
        }
    }

    /// <summary>Takes a token.</summary>
    /// <param name="wait">Time until there is one; zero where there was.</param>
    /// <returns>False where there is none.</returns>
    public bool TryTake(ClientAddress client, out TimeSpan wait)
    {
        var now = clock.GetTimestamp();
        lock (_lock)
        {
            // First, for it may replace the array.
            var place = PlaceOf(client);
            ref var bucket = ref _buckets[place];
            var spentUntil = Math.Max(bucket.SpentUntil, now) + _interval;
            var missing = spentUntil - now - (burst * _interval);
            if (missing > 0)
            {
                wait = clock.GetElapsedTime(0, missing);
                return false;
            }

            bucket.SpentUntil = spentUntil;
            wait = TimeSpan.Zero;
            return true;
        }
    }

    /// <summary>Gives a token back that turned out not to be owed.</summary>
    public void Return(ClientAddress client)
    {
        lock (_lock)
        {
            if (_places.TryGetValue(client, out var place))
            {
                _buckets[place].SpentUntil -= _interval;
            }
        }
    }

    // The place of a client, which is the newest from now on.
    private int PlaceOf(ClientAddress client)
    {
        if (_places.TryGetValue(client, out var place))
        {
            Unlink(place);
        }
        else
        {
            place = NewPlace();
            _buckets[place] = new Bucket { Client = client, SpentUntil = long.MinValue };
            _places.Add(client, place);
        }

        ref var bucket = ref _buckets[place];
        (bucket.Older, bucket.Newer) = (_newest, None);
        if (_newest == None)
        {
            _oldest = place;
        }
        else
        {
            _buckets[_newest].Newer = place;
        }

        _newest = place;
        return place;
    }

    private int NewPlace()
    {
        if (_places.Count == clients)
        {
            var oldest = _oldest;
            Unlink(oldest);
            _places.Remove(_buckets[oldest].Client);
            return oldest;
        }

        if (_places.Count == _buckets.Length)
        {
            Array.Resize(ref _buckets, (int)Math.Min(clients, 2L * _buckets.Length));
        }

        // Only the oldest ever goes, and its place is taken at once, so places are without gaps.
        return _places.Count;
    }

    private void Unlink(int place)
    {
        var (older, newer) = (_buckets[place].Older, _buckets[place].Newer);
        if (older == None)
        {
            _oldest = newer;
        }
        else
        {
            _buckets[older].Newer = newer;
        }

        if (newer == None)
        {
            _newest = older;
        }
        else
        {
            _buckets[newer].Older = older;
        }
    }

    private struct Bucket
    {
        public ClientAddress Client;
        public long SpentUntil;
        public int Older;
        public int Newer;
    }
}
