using System.Globalization;

namespace ReleaseServer.Downloads;

/// <summary>
/// Keeps what was counted on this node's disk: a file for each day, replaced whole. What was written before a start is gone on with, so a restart
/// counts nothing twice and loses nothing; a kill loses what was counted since the last write.
/// </summary>
internal sealed partial class DownloadJournal(
    DownloadCounter counter, DownloadsOptions options, TimeProvider clock, ILogger<DownloadJournal> logger) : BackgroundService
{
    private const string DayFormat = "yyyy-MM-dd";

    private readonly Dictionary<DateOnly, long> _written = [];
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2213", Justification = "Disposed at the stop")]
    private FileStream? _lock;
    private bool _isInTrouble;
    private long _failures;

    /// <summary>Told of the directory, and not of the node: counts that begin anew on a new disk must not replace those of the old one.</summary>
    public string Id { get; private set; } = "none";

    /// <summary>Writes that failed since the start.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>The days that this node has counts of, oldest first, as text.</summary>
    public IReadOnlyList<string> Days => _lock is not null
        ? [.. Directory.EnumerateFiles(options.Path, "*.csv").Select(static file => Path.GetFileNameWithoutExtension(file)).Where(static name => DayOf(name) is not null).Order(StringComparer.Ordinal)]
        : [];

    public static string NameOf(DateOnly day) => day.ToString(DayFormat, CultureInfo.InvariantCulture);

    /// <summary>The day that a text names; null for none.</summary>
    public static DateOnly? DayOf(string text) =>
        DateOnly.TryParseExact(text, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(options.Path);

            // Two processes in one directory would each replace what the other has counted.
            _lock = new FileStream(Path.Combine(options.Path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            Id = ReadId();
            var today = counter.Today().Day;
            if (File.Exists(PathOf(today)))
            {
                counter.Restore(today, DownloadTable.Read(File.ReadAllBytes(PathOf(today))));
            }
        }
        catch (FormatException exception)
        {
            // Not lost: a person can mend it. The counts of today begin anew beside it.
            var aside = PathOf(counter.Today().Day) + ".broken";
            File.Move(PathOf(counter.Today().Day), aside, overwrite: true);
            LogBroken(aside, exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What is there and cannot be read must not be replaced either.
            _lock?.Dispose();
            _lock = null;
            LogNotKept(options.Path, exception.Message);
        }

        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Close();
    }

    // A host that was never stopped ends here.
    public override void Dispose()
    {
        base.Dispose();
        Close();
    }

    /// <summary>The table of a day, as the file has it after a write; null where there is none.</summary>
    public byte[]? Read(DateOnly day)
    {
        Write();
        var path = PathOf(day);

        // What is in a directory that another process writes is for that one to tell, or it would count twice.
        return _lock is not null && File.Exists(path) ? File.ReadAllBytes(path) : null;
    }

    /// <summary>Writes what has changed.</summary>
    public void Write()
    {
        lock (_written)
        {
            if (_lock is null)
            {
                return;
            }

            try
            {
                foreach (var counts in counter.Days)
                {
                    var changes = counts.Changes;
                    if (changes != _written.GetValueOrDefault(counts.Day))
                    {
                        Replace(PathOf(counts.Day), DownloadTable.Write(counts.Rows()));
                        _written[counts.Day] = changes;
                    }
                }

                RemoveOld();
                _isInTrouble = false;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Interlocked.Increment(ref _failures);
                if (!_isInTrouble)
                {
                    _isInTrouble = true;
                    LogNotKept(options.Path, exception.Message);
                }
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(options.WriteInterval, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            counter.Today();
            Write();
        }
    }

    private void RemoveOld()
    {
        var oldest = counter.Today().Day.AddDays(-options.KeepDays);
        foreach (var name in Days.Where(name => DayOf(name) < oldest))
        {
            File.Delete(Path.Combine(options.Path, name + ".csv"));
        }

        foreach (var day in _written.Keys.Where(day => day < oldest).ToList())
        {
            _written.Remove(day);
        }
    }

    private void Close()
    {
        Write();
        lock (_written)
        {
            _lock?.Dispose();
            _lock = null;
        }
    }

    private static void Replace(string path, byte[] content)
    {
        var temporary = path + ".new";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private string ReadId()
    {
        var path = Path.Combine(options.Path, "id");
        if (!File.Exists(path))
        {
            File.WriteAllText(path, Guid.NewGuid().ToString("n")[..12]);
        }

        return File.ReadAllText(path).Trim();
    }

    private string PathOf(DateOnly day) => Path.Combine(options.Path, NameOf(day) + ".csv");

    [LoggerMessage(LogLevel.Error, "Downloads are counted, but the counts cannot be kept in {Path}: {Reason}")]
    private partial void LogNotKept(string path, string reason);

    [LoggerMessage(LogLevel.Error, "The counts of today could not be read, and lie in {Path} now: {Reason}")]
    private partial void LogBroken(string path, string reason);
}
