using System.Globalization;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;

namespace ReleaseServer.Caching;

/// <summary>
/// Large objects as files of this node, one for each version, under a directory that is this process's alone. A disk that fails costs the
/// server nothing but room: it is told of once, and tried again after a while. Safe for concurrent use.
/// </summary>
internal sealed partial class DiskTier : IDisposable
{
    private const string ObjectsFolder = "objects";

    /// <summary>Stands in the index for progress in the purge log that is not known.</summary>
    private const long NotKnown = -1;

    private static readonly long RestAfterFailure = TimeSpan.FromMinutes(1).Ticks;

    private readonly string _path;
    private readonly CacheClock _clock;
    private readonly IAlerts _alerts;
    private readonly ILogger _logger;
    private readonly OpenFiles _handles = new();
    private readonly DiskIndex _index;
    private readonly FileStream _lock;
    private long _lastFile;
    private long _usableFrom;
    private int _hasFailed;
    private volatile bool _isIndexBehind;

    private DiskTier(string path, long bytes, CacheClock clock, IAlerts alerts, ILogger logger, FileStream held)
    {
        (_path, _clock, _alerts, _logger, _lock) = (path, clock, alerts, logger, held);
        _index = new DiskIndex(path);
        Queue = new EvictionQueue(bytes);
    }

    /// <summary>Which files there is room for.</summary>
    public EvictionQueue Queue { get; }

    /// <summary>How far the purge log was applied to what is here.</summary>
    public long? AppliedPurge => _index.Purge is >= 0 and var number ? number : null;

    /// <summary>Whether it has not failed lately.</summary>
    public bool IsUsable => _clock.Now >= Volatile.Read(ref _usableFrom);

    /// <summary>Where a file of a tier is.</summary>
    public static string PathOf(string directory, string file) => Path.Combine(directory, ObjectsFolder, file[^2..], file);

    /// <summary>Opens the tier; null, and a line in the log, where the directory cannot be used.</summary>
    /// <param name="path">Absolute; made where it is absent.</param>
    /// <param name="bytes">Most bytes of files.</param>
    public static DiskTier? Open(string path, long bytes, CacheClock clock, IAlerts alerts, ILogger logger)
    {
        try
        {
            Directory.CreateDirectory(Path.Combine(path, ObjectsFolder));
            // Two processes in one directory would remove each other's files.
            var held = new FileStream(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new DiskTier(path, bytes, clock, alerts, logger, held);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogNotOpened(logger, path, exception.Message);
            alerts.Raise(new Alert(
                AlertKind.DiskTierLost, path, $"It cannot be used until the server starts again: {exception.Message}", exception));
            return null;
        }
    }

    /// <summary>What an earlier process left here, oldest first. What is in no record is removed.</summary>
    public IReadOnlyList<(DiskRecord Record, DiskBody Body)> Load()
    {
        try
        {
            var records = _index.Load(record => new FileInfo(PathOf(record.File!)) is { Exists: true } file && file.Length == record.Length);
            _lastFile = records.Count == 0 ? 0 : records.Max(static record => long.Parse(record.File!, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            var known = records.Select(static record => record.File!).ToHashSet(StringComparer.Ordinal);
            foreach (var file in Directory.EnumerateFiles(Path.Combine(_path, ObjectsFolder), "*", SearchOption.AllDirectories))
            {
                if (!known.Contains(Path.GetFileName(file)))
                {
                    File.Delete(file);
                }
            }

            return [.. records.OrderBy(static record => record.File, StringComparer.Ordinal).Select(record => (record, new DiskBody(PathOf(record.File!), record.Length, _handles)))];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Nor may a later start find them: purges of today would not be written beside them.
            _index.Clear();
            Fail(exception);
            return [];
        }
    }

    /// <summary>Makes a file for a body, empty of blocks at first; null where there is no room or the disk fails.</summary>
    public DiskBody? TryCreate(long length)
    {
        if (!IsUsable || !Queue.TryReserve(length))
        {
            return null;
        }

        var path = PathOf(Interlocked.Increment(ref _lastFile).ToString("x16", CultureInfo.InvariantCulture));
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.SetLength(handle, length);
            }

            if (Interlocked.Exchange(ref _hasFailed, 0) == 1)
            {
                LogRecovered(_path);
                _alerts.Resolve(AlertKind.DiskTierLost, _path, "The disk takes files again.");
            }

            return new DiskBody(path, length, _handles);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Fail(exception);
            Queue.Release(length);
            return null;
        }
    }

    /// <summary>Writes down what a file holds, so that it is known after a restart.</summary>
    public void Keep(DiskBody body, AssetKey key, RepresentationMetadata metadata, string sha256) =>
        Try(() => _index.Append(DiskRecord.Of(Path.GetFileName(body.Path), key, metadata, sha256, _clock.UtcNow)));

    /// <summary>Writes down that the bucket has vouched for a file again, or that a purge has named it.</summary>
    public void Mark(DiskBody body, bool isPurged)
    {
        var isWritten = Try(() => _index.Change(
            Path.GetFileName(body.Path),
            record => isPurged ? record with { IsPurged = true } : record with { IsPurged = false, Validated = _clock.UtcNow }));
        _isIndexBehind |= isPurged && !isWritten;
    }

    /// <summary>Writes down that a file is gone.</summary>
    public void Forget(DiskBody body) => _isIndexBehind |= !Try(() => _index.Append(new DiskRecord(Path.GetFileName(body.Path))));

    /// <summary>Writes down how far the purge log was applied: not known, where a mark could not be written.</summary>
    public void SetAppliedPurge(long? number) => Try(() => _index.Append(new DiskRecord(null, Purge: _isIndexBehind ? NotKnown : number ?? NotKnown)));

    /// <summary>Notes that the disk does not do what it should: no new files for a while.</summary>
    public void Fail(Exception exception)
    {
        Volatile.Write(ref _usableFrom, _clock.Now + RestAfterFailure);
        if (Interlocked.Exchange(ref _hasFailed, 1) == 0)
        {
            LogFailed(_path, exception.Message);
            _alerts.Raise(new Alert(
                AlertKind.DiskTierLost, _path, $"The disk failed, and large objects come from the bucket each time: {exception.Message}", exception));
        }
    }

    public void Dispose()
    {
        _index.Dispose();
        _lock.Dispose();
    }

    private bool Try(Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Fail(exception);
            return false;
        }
    }

    private string PathOf(string file) => PathOf(_path, file);

    [LoggerMessage(LogLevel.Error, "The cache's directory {Path} cannot be used: {Reason}; going on without large objects in the cache")]
    private static partial void LogNotOpened(ILogger logger, string path, string reason);

    [LoggerMessage(LogLevel.Error, "The cache's disk at {Path} failed: {Reason}; going on without it")]
    private partial void LogFailed(string path, string reason);

    [LoggerMessage(LogLevel.Information, "The cache's disk at {Path} can be used again")]
    private partial void LogRecovered(string path);
}
