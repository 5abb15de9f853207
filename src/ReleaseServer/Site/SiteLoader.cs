using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Site;

/// <summary>Brings <see cref="CurrentSite"/> up to what is published, and keeps the last good snapshot when that is bad or out of reach.</summary>
internal sealed partial class SiteLoader(
    CurrentSite current,
    PublishedSite published,
    LastGoodSite lastGood,
    PurgeFollower purges,
    SiteData initialData,
    SiteOptions options,
    IAlerts alerts,
    ILogger<SiteLoader> logger) : IDisposable
{
    /// <summary>What alerts are about: what is in the bucket, and what is in this node's own files.</summary>
    private const string AlertSubject = "the published site";
    private const string FilesSubject = "the site data of this node";

    private readonly SemaphoreSlim _oneAtATime = new(1);
    private SiteData _data = initialData;
    private EntityTag? _loadedTag;
    private string? _lastTrouble;
    private bool _hasLookedOnDisk;
    private long _looks;
    private long _failures;
    private long _newestPurge;

    /// <summary>Looks at what is published since the start, and those of them in vain.</summary>
    public (long All, long Failed) Looks => (Interlocked.Read(ref _looks), Interlocked.Read(ref _failures));

    /// <summary>Whether the last look was in vain.</summary>
    public bool IsInTrouble => Volatile.Read(ref _lastTrouble) is not null;

    /// <summary>Number of the newest purge that this node has seen in the bucket.</summary>
    public long NewestPurge => Interlocked.Read(ref _newestPurge);

    /// <summary>Looks at the published generation and swaps the snapshot if it is another one. Never throws for a bad or absent bucket.</summary>
    /// <returns>What kept the newest from being loaded; null when the snapshot is up to date.</returns>
    public async Task<string?> RefreshAsync(CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        Interlocked.Increment(ref _looks);
        try
        {
            await LoadAsync(cancellationToken);
            if (_lastTrouble is not null)
            {
                LogRecovered(current.Snapshot!.Generation.Generation);
                _lastTrouble = null;
                alerts.Resolve(AlertKind.SiteData, AlertSubject, $"It can be loaded again; this node serves generation {current.Snapshot!.Generation.Generation}.");
            }

            return null;
        }
        catch (Exception exception) when (exception is BucketUnavailableException or SiteDataException)
        {
            Interlocked.Increment(ref _failures);
            UseLastGood();
            Report(exception);
            return exception.Message;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>Reads the site data again from where the settings say, then refreshes.</summary>
    /// <returns>As <see cref="RefreshAsync"/>; with bad site data its faults, and what was there before goes on.</returns>
    public async Task<string?> ReloadAsync(CancellationToken cancellationToken)
    {
        try
        {
            // The same files are the same site: a knock because of a purge must not make everything that goes by the snapshot anew.
            var data = SiteDataLoader.Load(options.Path);
            _data = data.Fingerprint == _data.Fingerprint ? _data : data;
            alerts.Resolve(AlertKind.SiteData, FilesSubject, "It can be read again.");
        }
        catch (SiteDataException exception)
        {
            alerts.Raise(new Alert(AlertKind.SiteData, FilesSubject, $"It stays as it was before: {exception.Message}", exception));

            // What was published or purged does not wait for it to be mended.
            await RefreshAsync(cancellationToken);
            return exception.Message;
        }

        return await RefreshAsync(cancellationToken);
    }

    public void Dispose() => _oneAtATime.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var data = _data;
        var tag = await published.PeekAsync(cancellationToken);
        var snapshot = current.Snapshot;
        if (snapshot is not null && tag == _loadedTag && ReferenceEquals(snapshot.Data, data))
        {
            return;
        }

        if (await published.ReadGenerationAsync(cancellationToken) is not { } read)
        {
            if (snapshot is { Generation.Generation: > 0 })
            {
                throw new SiteDataException([new SiteFault(GenerationDocument.Name, "", "is no longer in the bucket")]);
            }

            await purges.FollowAsync(newest: 0, LinkTable.Empty, cancellationToken);
            LogNothingPublished();
            current.Swap(new SiteSnapshot(data, LinkTable.Empty, GenerationDocument.None));
            _loadedTag = null;
            return;
        }

        Volatile.Write(ref _newestPurge, read.Document.Purges);
        if (snapshot is not null && snapshot.Generation.IsSameSite(read.Document) && ReferenceEquals(snapshot.Data, data))
        {
            // Only something was purged; whatever goes by the snapshot stays as it is.
            await purges.FollowAsync(read.Document.Purges, snapshot.Links, cancellationToken);
            _loadedTag = read.Tag;
            return;
        }

        var (links, content) = await ReadLinksAsync(read.Document, cancellationToken);

        // First, so that nobody reads by the new links from what was purged with them.
        await purges.FollowAsync(read.Document.Purges, links.Table, cancellationToken);
        current.Swap(new SiteSnapshot(data, links.Table, read.Document) { Overlay = links.Overlay });
        _loadedTag = read.Tag;
        lastGood.Save(read.Document, content);
        if (read.Document.Generation == 0)
        {
            LogNothingPublished();
            return;
        }

        LogLoaded(read.Document.Generation, links.Table.Links.Count, read.Document.HasCatalog ? "catalog" : "bucket");
    }

    private async Task<(PublishedLinks Links, ReadOnlyMemory<byte> Content)> ReadLinksAsync(GenerationDocument generation, CancellationToken cancellationToken)
    {
        try
        {
            var content = await published.ReadLinksAsync(generation, cancellationToken);
            return (PublishedSite.ParseLinks(generation.Links, content), content);
        }
        catch (SiteDataException) when (current.Snapshot is not null)
        {
            // Bad links do not keep what was purged from being purged.
            await purges.FollowAsync(generation.Purges, current.Snapshot.Links, cancellationToken);
            throw;
        }
    }

    private void UseLastGood()
    {
        var data = _data;
        if (current.Snapshot is { } snapshot)
        {
            // New routes need no bucket.
            if (!ReferenceEquals(snapshot.Data, data))
            {
                current.Swap(snapshot with { Data = data });
            }
        }
        else if (!_hasLookedOnDisk && lastGood.Load() is { } kept)
        {
            current.Swap(new SiteSnapshot(data, kept.Links.Table, kept.Generation) { Overlay = kept.Links.Overlay });
            LogFromDisk(kept.Generation.Generation);
        }

        // Only this process writes there: what could not be used now cannot be used at the next poll.
        _hasLookedOnDisk = true;
    }

    // The poll comes every few seconds: the same trouble is told once.
    private void Report(Exception exception)
    {
        var trouble = exception.Message;
        if (exception is SiteDataException || current.Snapshot is null)
        {
            // A bucket that is away is an alert of its own, unless there is nothing to serve by.
            var then = current.Snapshot is { } kept ? $"this node stays with generation {kept.Generation.Generation}" : "this node answers 503";
            alerts.Raise(new Alert(AlertKind.SiteData, AlertSubject, $"{trouble.TrimEnd('.')}; {then}.", exception));
        }

        if (_lastTrouble != trouble)
        {
            _lastTrouble = trouble;
            if (current.Snapshot is { } snapshot)
            {
                LogTrouble(trouble, snapshot.Generation.Generation);
            }
            else
            {
                LogNoSite(trouble);
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "Site generation {Generation}: {Links} links, directories listed from the {ListedFrom}")]
    private partial void LogLoaded(long generation, int links, string listedFrom);

    [LoggerMessage(LogLevel.Warning, "The bucket has no links: run the commands links and catalog to publish them")]
    private partial void LogNothingPublished();

    [LoggerMessage(LogLevel.Warning, "Serving by the links of generation {Generation} kept on disk")]
    private partial void LogFromDisk(long generation);

    [LoggerMessage(LogLevel.Error, "The published site cannot be loaded: {Trouble}; staying with generation {Generation}")]
    private partial void LogTrouble(string trouble, long generation);

    [LoggerMessage(LogLevel.Error, "The published site cannot be loaded: {Trouble}; answering 503 until it can be")]
    private partial void LogNoSite(string trouble);

    [LoggerMessage(LogLevel.Information, "The published site can be loaded again; serving generation {Generation}")]
    private partial void LogRecovered(long generation);
}
