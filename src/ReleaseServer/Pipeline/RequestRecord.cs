using System.Diagnostics;
using ReleaseServer.Downloads;
using ReleaseServer.Http;

namespace ReleaseServer.Pipeline;

/// <summary>What the access log and the metrics need beside the response; a feature of the request.</summary>
/// <remarks>One for each request, hits included. It is used again once the request is over, and nothing may hold it longer.</remarks>
internal sealed class RequestRecord
{
    [ThreadStatic]
    private static RequestRecord? _spare;

    private object? _note;
    private long _firstByte;

    /// <summary>When the request's head was there, as <see cref="Stopwatch.GetTimestamp"/> counts.</summary>
    public long Started { get; private set; }

    /// <summary>Bytes of content handed to the connection, after content coding.</summary>
    public long Bytes { get; private set; }

    /// <summary>The route that led to the answer, as <see cref="Telemetry.RequestMetrics.RouteOf"/> numbers it.</summary>
    public int Route { get; set; }

    /// <summary>What the file that is sent counts as; null for what is not counted.</summary>
    public DownloadName? Download { get; set; }

    /// <summary>How the cache came by the answer; null where no cache stands between.</summary>
    public CacheStatus? Cache { get; set; }

    /// <summary>Whether the client left before the answer was whole.</summary>
    public bool ClientLeft => _note is Departure;

    /// <summary>The address of the origin that gives the answer; null where none does.</summary>
    public string? Origin
    {
        get => _note as string ?? (_note as Departure)?.Origin;
        set => _note = value;
    }

    /// <summary>One that is empty but for the moment.</summary>
    public static RequestRecord Begin()
    {
        var record = _spare ?? new RequestRecord();
        _spare = null;
        record.Started = Stopwatch.GetTimestamp();
        return record;
    }

    /// <summary>Gives it back.</summary>
    public void End()
    {
        (_note, _firstByte, Bytes, Route, Download, Cache) = (null, 0, 0, 0, null, null);
        _spare = this;
    }

    /// <summary>Notes bytes that the connection has taken.</summary>
    /// <param name="isAll">Whether there are no others: then the end is near enough, and nobody looks at the clock.</param>
    public void NoteSent(long bytes, bool isAll = false)
    {
        if (Bytes == 0 && !isAll)
        {
            _firstByte = Stopwatch.GetTimestamp();
        }

        Bytes += bytes;
    }

    public void NoteClientLeft() => _note = new Departure(Origin);

    /// <summary>Time to the first bytes of content; where there are none, to the end.</summary>
    public TimeSpan FirstByteAfter(long ended) => Stopwatch.GetElapsedTime(Started, _firstByte == 0 ? ended : _firstByte);

    private sealed record Departure(string? Origin);
}
