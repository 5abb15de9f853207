using System.Collections.Concurrent;
using Microsoft.Extensions.Primitives;

namespace ReleaseServer.Downloads;

/// <summary>Counts downloads by day. Safe for concurrent use; counting what was counted before allocates nothing and takes no lock.</summary>
internal sealed class DownloadCounter
{
    private const int MostNames = 50_000;

    private readonly ConcurrentDictionary<DownloadName, DownloadName> _names = new();
    private readonly Lock _turning = new();
    private readonly TimeProvider _clock;
    private volatile DownloadCounts _today;
    private volatile DownloadCounts? _before;
    private long _counted;

    public DownloadCounter(DownloadsOptions options, TimeProvider clock)
    {
        (_clock, IsEnabled, CountryField) = (clock, options.Enabled, options.CountryField);
        _today = new DownloadCounts(DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime));
    }

    public bool IsEnabled { get; }

    /// <summary>The field that gives a client's country; null where it is not counted.</summary>
    public string? CountryField { get; }

    /// <summary>Whole files sent since the start of the process.</summary>
    public long Counted => Interlocked.Read(ref _counted);

    /// <summary>Today, and the day before where there was one: a request that ends as a day ends may still count for that.</summary>
    public IReadOnlyList<DownloadCounts> Days => _before is { } before ? [before, _today] : [_today];

    /// <summary>What an object counts as; null for what is not counted. For objects that exist: names are kept.</summary>
    public DownloadName? Of(string key)
    {
        if (!IsEnabled || DownloadName.Of(key) is not { } name)
        {
            return null;
        }

        // Count locks all of the dictionary, but only what is new comes here.
        return _names.TryGetValue(name, out var known) ? known : _names.Count < MostNames ? _names.GetOrAdd(name, name) : DownloadName.Others;
    }

    /// <summary>Goes on with what an earlier process counted of a day that is not over.</summary>
    public void Restore(DateOnly day, IEnumerable<DownloadRow> rows)
    {
        var counts = Today();
        if (counts.Day == day)
        {
            foreach (var row in rows)
            {
                var name = new DownloadName(row.Channel, row.Version, row.Platform);
                counts.Add(_names.GetOrAdd(name, name), DownloadCounts.CountryOf(row.Country), row.Downloads, row.Bytes);
            }
        }
    }

    /// <param name="isWhole">Whether this was a whole file, and not a part of one.</param>
    /// <param name="bytes">Bytes sent.</param>
    public void Count(DownloadName name, StringValues country, bool isWhole, long bytes)
    {
        Today().Add(name, DownloadCounts.CountryOf(country), isWhole ? 1 : 0, bytes);
        if (isWhole)
        {
            Interlocked.Increment(ref _counted);
        }
    }

    /// <summary>The counts of this day; begins them where it is a new one.</summary>
    public DownloadCounts Today()
    {
        var today = _today;
        var now = _clock.GetUtcNow();
        return now.UtcTicks < today.EndsAt ? today : Turn(DateOnly.FromDateTime(now.UtcDateTime));
    }

    private DownloadCounts Turn(DateOnly day)
    {
        lock (_turning)
        {
            if (_today.Day < day)
            {
                _before = _today;
                _today = new DownloadCounts(day);
            }

            return _today;
        }
    }
}
