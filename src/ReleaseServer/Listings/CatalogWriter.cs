using System.Collections.Concurrent;
using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Listings;

/// <summary>Brings the catalog in line with the bucket: one document per directory, each written whole, only those that differ.</summary>
/// <remarks>
/// A run that breaks off leaves a catalog of old and new documents, each true to itself; the next run mends the rest. Two runs at once do
/// no harm beyond that. Telling the servers (the generation) is the caller's work.
/// </remarks>
internal sealed class CatalogWriter
{
    private const int ProgressInterval = 1000;

    private static readonly ObjectAttributes Attributes = new("application/json");

    private readonly IWritableBucket _bucket;
    private readonly LinkTable _links;
    private readonly CatalogWriteOptions _options;
    private readonly IProgress<CatalogProgress>? _progress;
    private readonly ObjectTree _tree = new();
    private readonly ConcurrentDictionary<string, PublishedDocument> _published = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<CatalogDrift> _drift = [];
    private int _objects;
    private int _ignored;

    private CatalogWriter(IWritableBucket bucket, LinkTable links, CatalogWriteOptions options, IProgress<CatalogProgress>? progress)
    {
        _bucket = bucket;
        _links = links;
        _options = options;
        _progress = progress;
    }

    /// <param name="links">The links that will be in force together with this catalog.</param>
    /// <param name="progress">Called from many threads.</param>
    /// <exception cref="BucketUnavailableException">The bucket failed; what was written stays.</exception>
    public static Task<CatalogReport> WriteAsync(
        IWritableBucket bucket,
        LinkTable links,
        CatalogWriteOptions options,
        IProgress<CatalogProgress>? progress,
        CancellationToken cancellationToken) =>
        new CatalogWriter(bucket, links, options, progress).RunAsync(cancellationToken);

    private async Task<CatalogReport> RunAsync(CancellationToken cancellationToken)
    {
        await ListObjectsAsync(cancellationToken);
        await ReadPublishedAsync(cancellationToken);
        var heads = _bucket.ListsSourceDates ? 0 : await ReadDatesAsync(cancellationToken);

        foreach (var link in _links.Links)
        {
            _tree.AddDirectory(link.Name.AsSpan(0, link.Name.LastIndexOf('/') + 1));
        }

        _tree.Settle();
        var leftOut = new List<string>();
        var work = PlanDocuments(leftOut);
        var written = await WriteDocumentsAsync(work, cancellationToken);
        var deleted = await DeleteLeftoversAsync(cancellationToken);

        leftOut.Sort(NameOrder.Compare);
        var drift = _drift.ToArray();
        Array.Sort(drift, static (left, right) => NameOrder.Compare(left.Directory, right.Directory));
        return new CatalogReport
        {
            Directories = work.Count + leftOut.Count,
            Objects = _objects,
            Ignored = _ignored,
            Heads = heads,
            Written = written,
            Deleted = deleted,
            Changed = [.. drift.Select(static row => row.Directory)],
            LeftOutCount = leftOut.Count,
            LeftOut = [.. leftOut.Take(CatalogReport.MaxRows)],
            DriftCount = drift.Length,
            Drift = [.. drift.Take(CatalogReport.MaxRows)],
        };
    }

    private async Task ListObjectsAsync(CancellationToken cancellationToken)
    {
        await foreach (var entry in _bucket.ListAsync("", ListDepth.All, cancellationToken))
        {
            if (entry.Name.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal))
            {
                continue;
            }

            if (_tree.TryAdd(entry))
            {
                _objects++;
            }
            else
            {
                _ignored++;
            }

            if ((_objects + _ignored) % ProgressInterval == 0)
            {
                _progress?.Report(new CatalogProgress(CatalogStep.Listing, _objects + _ignored, Total: null));
            }
        }
    }

    private async Task ReadPublishedAsync(CancellationToken cancellationToken)
    {
        var documents = new List<(string Directory, AssetKey Key)>();
        await foreach (var entry in _bucket.ListAsync(CatalogKeys.Prefix, ListDepth.All, cancellationToken))
        {
            if (CatalogKeys.TryGetDirectory(entry.Name, out var directory) && CatalogKeys.TryCreate(directory, out var key))
            {
                documents.Add((directory, key));
            }
        }

        var needsDates = !_bucket.ListsSourceDates && !_options.RereadDates;
        await ForEachAsync(documents, CatalogStep.ReadingDocuments, async (document, token) =>
        {
            // What cannot be read is left empty: it gives no dates, differs from any document, and is written again.
            byte[] bytes = [];
            CatalogDocument? parsed = null;
            try
            {
                bytes = await CatalogContent.ReadAsync(_bucket, document.Key, token) ?? [];
                parsed = needsDates ? CatalogDocument.Parse(bytes, document.Directory) : null;
            }
            catch (CatalogFormatException)
            {
            }

            _published[document.Directory] = new PublishedDocument(document.Key, bytes, parsed);
        }, cancellationToken);
    }

    private async Task<int> ReadDatesAsync(CancellationToken cancellationToken)
    {
        foreach (var (directory, published) in _published)
        {
            if (published.Document is { } document && _tree.TryGet(directory, out var found))
            {
                KeepDates(document, found);
            }
        }

        var undated = new List<ListedObject>();
        foreach (var directory in _tree.Directories)
        {
            undated.AddRange(directory.Files.Where(static file => !file.HasSourceDate));
            if (directory.Marker is { HasSourceDate: false } marker)
            {
                undated.Add(marker);
            }
        }

        await ForEachAsync(undated, CatalogStep.ReadingDates, async (item, token) =>
        {
            if (await _bucket.HeadAsync(item.Key, token) is { } metadata)
            {
                item.Update(metadata);
            }
            else if (item.Name.Length > 0)
            {
                // Deleted since it was listed. A marker stays: a store that lists it but cannot answer for it would lose empty directories.
                item.Remove();
            }
        }, cancellationToken);
        return undated.Count;
    }

    // Same entity tag and size: the same bytes, and so the date that was asked for when the document was written.
    private static void KeepDates(CatalogDocument document, ObjectDirectory directory)
    {
        // Parse has seen to it that no name is there twice.
        var known = document.Files.ToDictionary(static file => file.Name, StringComparer.Ordinal);
        foreach (var file in directory.Files)
        {
            if (file.EntityTag is { } tag && known.TryGetValue(file.Name, out var row) && row.Etag == tag && row.Size == file.Length)
            {
                file.Update(row.Modified);
            }
        }

        if (directory.Marker is { EntityTag: { } markerTag } marker && document.Marker?.Etag == markerTag)
        {
            marker.Update(document.Marker.Modified);
        }
    }

    private List<(ObjectDirectory Directory, AssetKey Key)> PlanDocuments(List<string> leftOut)
    {
        var work = new List<(ObjectDirectory Directory, AssetKey Key)>(_tree.Directories.Count);
        foreach (var directory in _tree.Directories)
        {
            if (directory.Modified is null && _links.In(directory.Key).IsEmpty)
            {
                continue;
            }

            if (CatalogKeys.TryCreate(directory.Key, out var key))
            {
                work.Add((directory, key));
            }
            else
            {
                leftOut.Add(directory.Key);
            }
        }

        return work;
    }

    private async Task<int> WriteDocumentsAsync(List<(ObjectDirectory Directory, AssetKey Key)> work, CancellationToken cancellationToken)
    {
        var builder = new CatalogBuilder(_tree, _links);
        var written = 0;
        await ForEachAsync(work, CatalogStep.Writing, async (document, token) =>
        {
            var bytes = builder.Build(document.Directory).ToBytes();
            var isPublished = _published.TryRemove(document.Directory.Key, out var published);
            if (isPublished && bytes.AsSpan().SequenceEqual(published!.Bytes))
            {
                return;
            }

            _drift.Add(new CatalogDrift(document.Directory.Key, isPublished ? CatalogDriftKind.Outdated : CatalogDriftKind.Missing));
            if (!_options.CheckOnly)
            {
                await _bucket.WriteAsync(document.Key, bytes, Attributes, WriteCondition.None, token);
                Interlocked.Increment(ref written);
            }
        }, cancellationToken);
        return written;
    }

    // Every document that belongs to a directory has been taken out by now.
    private async Task<int> DeleteLeftoversAsync(CancellationToken cancellationToken)
    {
        foreach (var directory in _published.Keys)
        {
            _drift.Add(new CatalogDrift(directory, CatalogDriftKind.Leftover));
        }

        if (_options.CheckOnly)
        {
            return 0;
        }

        var leftovers = _published.Values.ToArray();
        await ForEachAsync(
            leftovers, CatalogStep.Writing, (leftover, token) => _bucket.DeleteAsync(leftover.Key, token), cancellationToken);
        return leftovers.Length;
    }

    private Task ForEachAsync<T>(
        IReadOnlyCollection<T> items, CatalogStep step, Func<T, CancellationToken, ValueTask> body, CancellationToken cancellationToken)
    {
        var done = 0;
        var limits = new ParallelOptions { MaxDegreeOfParallelism = _options.HeadParallelism, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(items, limits, async (item, token) =>
        {
            await body(item, token);
            var count = Interlocked.Increment(ref done);
            if (count % ProgressInterval == 0 || count == items.Count)
            {
                _progress?.Report(new CatalogProgress(step, count, items.Count));
            }
        });
    }

    /// <param name="Bytes">Empty where they could not be read.</param>
    /// <param name="Document">Null where dates are not needed, or it could not be read.</param>
    private sealed record PublishedDocument(AssetKey Key, byte[] Bytes, CatalogDocument? Document);
}
