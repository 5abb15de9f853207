using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using System.Numerics;
using System.Runtime.CompilerServices;
using ReleaseServer.Http;

namespace ReleaseServer.Telemetry;

/// <summary>
/// Counts public requests: by route and status class, with bytes, durations and what the cache did. Each processor has counters of its own, so
/// that none waits for another's; counting allocates nothing and takes no lock. Safe for concurrent use.
/// </summary>
internal sealed class RequestMetrics
{
    /// <summary>Requests that no row of the route table was found for, such as unknown paths and wrong methods.</summary>
    public const int NoRoute = 0;

    /// <summary>Requests for paths that have moved.</summary>
    public const int Redirect = 1;

    /// <summary>Stands for all routes beyond <see cref="MostRoutes"/>, over all reloads of the site's data.</summary>
    private const int OtherRoutes = 2;

    private const int MostRoutes = 48;

    private static readonly CacheStatus[] CacheResults = Enum.GetValues<CacheStatus>();

    // The counters of one route, in this order: status classes, bytes, durations with their sum, times to the first byte with theirs.
    private const int Classes = 6;
    private const int BytesAt = Classes;
    private const int DurationsAt = BytesAt + 1;
    private static readonly int FirstBytesAt = DurationsAt + DurationBuckets.Count + 1;
    private static readonly int RouteSlots = FirstBytesAt + DurationBuckets.Count + 1;

    // What is counted without a route, behind the routes.
    private static readonly int CommonAt = MostRoutes * RouteSlots;
    private static readonly int CacheAt = CommonAt + 3;
    private static readonly int Slots = CacheAt + CacheResults.Length;
    private const int StartedAt = 0;
    private const int LeftAt = 1;
    private const int OriginAt = 2;

    private static readonly string[] ClassNames = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"];

    private readonly Lock _naming = new();
    private readonly Dictionary<string, int> _indexes = [];
    private readonly long[][] _stripes = NewStripes();
    private volatile string[] _names = ["none", "redirect", "other"];
    private Histogram<double>? _durations;
    private Histogram<double>? _firstBytes;

    /// <summary>The number that a route is counted under, the same for the life of the process.</summary>
    /// <param name="path">Of the row of the route table.</param>
    public int RouteOf(string path)
    {
        lock (_naming)
        {
            if (_indexes.TryGetValue(path, out var known))
            {
                return known;
            }

            if (_names.Length == MostRoutes)
            {
                return OtherRoutes;
            }

            _indexes[path] = _names.Length;
            _names = [.. _names, path];
            return _names.Length - 1;
        }
    }

    /// <summary>A request has come.</summary>
    public void Began() => Add(Stripe(), CommonAt + StartedAt, 1);

    /// <summary>A request is over.</summary>
    public void Ended(in RequestOutcome outcome)
    {
        var stripe = Stripe();
        var at = outcome.Route * RouteSlots;
        var statusClass = outcome.Status / 100;
        Add(stripe, at + (statusClass < Classes ? statusClass : 0), 1);
        Add(stripe, at + DurationsAt + DurationBuckets.IndexOf(outcome.Duration.Ticks), 1);
        Add(stripe, at + DurationsAt + DurationBuckets.Count, outcome.Duration.Ticks);
        Add(stripe, at + FirstBytesAt + DurationBuckets.IndexOf(outcome.FirstByte.Ticks), 1);
        Add(stripe, at + FirstBytesAt + DurationBuckets.Count, outcome.FirstByte.Ticks);
        if (outcome.Bytes > 0)
        {
            Add(stripe, at + BytesAt, outcome.Bytes);
        }

        if (outcome.Cache is { } result)
        {
            Add(stripe, CacheAt + (int)result, 1);
        }

        if (outcome.ClientLeft)
        {
            Add(stripe, CommonAt + LeftAt, 1);
        }

        if (outcome.IsOfOrigin)
        {
            Add(stripe, CommonAt + OriginAt, 1);
        }

        if (_durations is { Enabled: true } durations)
        {
            var route = new KeyValuePair<string, object?>("route", _names[outcome.Route]);
            durations.Record(outcome.Duration.TotalSeconds, route);
            _firstBytes!.Record(outcome.FirstByte.TotalSeconds, route);
        }
    }

    /// <summary>Has them told by <paramref name="metrics"/>.</summary>
    public void Register(ServerMetrics metrics)
    {
        metrics.Counter("releaseserver.http.requests", "{request}", "Requests answered at the public addresses", ReadRequests);
        metrics.Counter("releaseserver.http.sent", "By", "Bytes of content handed to connections, after content coding", ReadBytes);
        metrics.Gauge("releaseserver.http.requests_in_flight", "{request}", "Requests that are being answered", ReadInFlight);
        metrics.Counter("releaseserver.http.client_disconnects", "{request}", "Requests whose client left before its answer was whole (499 in the access log)", () => Sum(CommonAt + LeftAt));
        metrics.Counter("releaseserver.http.origin_answers", "{request}", "Requests answered by an origin in the bucket's place", () => Sum(CommonAt + OriginAt));
        metrics.Counter("releaseserver.cache.results", "{request}", "Answers by how the cache came by them", ReadCacheResults);
        _firstBytes = metrics.Histogram(
            "releaseserver.http.time_to_first_byte", "Time from the request's head to the first bytes of content taken by the connection, or to the end where there are none", () => ReadHistograms(FirstBytesAt));
        _durations = metrics.Histogram(
            "releaseserver.http.request_duration", "Time from the request's head to the end of the answer", () => ReadHistograms(DurationsAt));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(long[] stripe, int slot, long value) => Interlocked.Add(ref stripe[slot], value);

    private static long[][] NewStripes()
    {
        var count = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, 16));
        var stripes = new long[count][];
        for (var i = 0; i < count; i++)
        {
            // A cache line more at the end, so that no two stripes share one.
            stripes[i] = new long[Slots + 16];
        }

        return stripes;
    }

    private long[] Stripe() => _stripes[Thread.GetCurrentProcessorId() & (_stripes.Length - 1)];

    private long Sum(int slot)
    {
        long sum = 0;
        foreach (var stripe in _stripes)
        {
            sum += Interlocked.Read(ref stripe[slot]);
        }

        return sum;
    }

    private IEnumerable<Measurement<long>> ReadRequests()
    {
        var names = _names;
        for (var route = 0; route < names.Length; route++)
        {
            for (var statusClass = 0; statusClass < Classes; statusClass++)
            {
                // Those that never happen are told only where they matter: a rate needs its zero.
                if (Sum((route * RouteSlots) + statusClass) is var count && (count > 0 || statusClass is 2 or 5))
                {
                    yield return ServerMetrics.Value(count, ("route", names[route]), ("status", ClassNames[statusClass]));
                }
            }
        }
    }

    private IEnumerable<Measurement<long>> ReadBytes() =>
        _names.Select((name, route) => ServerMetrics.Value(Sum((route * RouteSlots) + BytesAt), "route", name));

    private double ReadInFlight()
    {
        // In this order, so that it is never negative.
        var ended = _names.Select((_, route) => Enumerable.Range(route * RouteSlots, Classes).Sum(Sum)).Sum();
        return Sum(CommonAt + StartedAt) - ended;
    }

    private IEnumerable<Measurement<long>> ReadCacheResults() =>
        CacheResults.Select(result => ServerMetrics.Value(Sum(CacheAt + (int)result), "result", NameOf(result)));

    [SuppressMessage("Globalization", "CA1308", Justification = "Labels are in lower case")]
    private static string NameOf(CacheStatus result) => result.ToString().ToLowerInvariant();

    private IEnumerable<LabeledHistogram> ReadHistograms(int offset) => _names.Select((name, route) =>
    {
        var at = (route * RouteSlots) + offset;
        var counts = Enumerable.Range(at, DurationBuckets.Count).Select(Sum).ToArray();
        return new LabeledHistogram("route", name, new HistogramValue(counts, TimeSpan.FromTicks(Sum(at + DurationBuckets.Count)).TotalSeconds));
    });
}

/// <summary>What is counted of one request.</summary>
/// <param name="Route">Of <see cref="RequestMetrics.RouteOf"/>.</param>
/// <param name="Status">The status the client got; 499 if it left before.</param>
/// <param name="Bytes">Bytes of content handed to the connection.</param>
/// <param name="Duration">From the request's head to the end of the answer.</param>
/// <param name="FirstByte">From the request's head to the first bytes of content that the connection took; the whole duration where there are none.</param>
/// <param name="Cache">What the cache did; null where none stands between.</param>
/// <param name="IsOfOrigin">Whether an origin gave the answer.</param>
internal readonly record struct RequestOutcome(
    int Route, int Status, long Bytes, TimeSpan Duration, TimeSpan FirstByte, CacheStatus? Cache, bool ClientLeft, bool IsOfOrigin);
