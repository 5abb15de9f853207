using System.Collections.Concurrent;
using ReleaseServer.Buckets;

namespace ReleaseServer.Listings;

/// <summary>
/// The names of the catalog documents last asked for, so that a document is parsed once a version, not once a request. Safe for concurrent use.
/// </summary>
/// <param name="bucket">Asked for a document's version each time: a cache beneath makes that cheap.</param>
/// <param name="mostNames">Names kept at most, but for one document of more; a name takes a hundred bytes or so.</param>
internal sealed partial class CatalogNameTable(IBucket bucket, ILogger logger, int mostNames = 200_000)
{
    private readonly ConcurrentDictionary<string, CatalogNames> _names = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task<CatalogNames?>> _reading = new(StringComparer.Ordinal);
    private readonly Lock _adding = new();
    private readonly Queue<string> _inOrder = new();
    private int _count;

    /// <summary>The names in a directory; null where it has no document, or none that can be read.</summary>
    /// <param name="directory">Empty for the root, or ends in a slash.</param>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public async ValueTask<CatalogNames?> FindAsync(string directory, CancellationToken cancellationToken)
    {
        if (!CatalogKeys.TryCreate(directory, out var key))
        {
            return null;
        }

        if (_names.ContainsKey(directory))
        {
            // The bucket first, and then what is kept: another reader may be ahead with the newer version.
            if (await bucket.HeadAsync(key, cancellationToken) is not { } current)
            {
                return null;
            }

            if (_names.TryGetValue(directory, out var names) && names.Version == current.EntityTag)
            {
                return names.IsKnown ? names : null;
            }
        }

        return await ReadOnceAsync(directory, key, cancellationToken) is { IsKnown: true } read ? read : null;
    }

    // Whoever comes while a document is being read waits for it, rather than read it as well.
    private async ValueTask<CatalogNames?> ReadOnceAsync(string directory, AssetKey key, CancellationToken cancellationToken)
    {
        var own = new TaskCompletionSource<CatalogNames?>(TaskCreationOptions.RunContinuationsAsynchronously);
        for (Task<CatalogNames?> reading; (reading = _reading.GetOrAdd(directory, own.Task)) != own.Task;)
        {
            try
            {
                return await reading.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The one who read went away; now it is somebody else's turn.
            }
        }

        try
        {
            var names = await ReadAsync(directory, key, cancellationToken);
            own.SetResult(names);
            return names;
        }
        catch (BucketUnavailableException exception)
        {
            own.SetException(exception);
            _ = own.Task.Exception; // It is told here, too, so that it counts as seen where nobody waits.
            throw;
        }
        finally
        {
            _reading.TryRemove(directory, out _);
            own.TrySetCanceled(CancellationToken.None);
        }
    }

    private async ValueTask<CatalogNames?> ReadAsync(string directory, AssetKey key, CancellationToken cancellationToken)
    {
        try
        {
            if (await CatalogContent.ReadVersionAsync(bucket, key, cancellationToken) is not { } read)
            {
                return null;
            }

            var names = new CatalogNames(Parse(read.Bytes, directory, key), read.Version);
            Keep(directory, names);
            return names;
        }
        catch (CatalogFormatException exception)
        {
            // Too long: nothing of it was read.
            LogBadDocument(key.Value, exception.Message);
            return null;
        }
    }

    // What cannot be read is kept as such, or it would be read again and told of with each request.
    private CatalogDocument? Parse(byte[] bytes, string directory, AssetKey key)
    {
        try
        {
            return CatalogDocument.Parse(bytes, directory);
        }
        catch (CatalogFormatException exception)
        {
            LogBadDocument(key.Value, exception.Message);
            return null;
        }
    }

    private void Keep(string directory, CatalogNames names)
    {
        lock (_adding)
        {
            if (_names.TryGetValue(directory, out var old))
            {
                _count -= Cost(old);
            }
            else
            {
                _inOrder.Enqueue(directory);
            }

            _names[directory] = names;
            _count += Cost(names);
            while (_count > mostNames && _inOrder.Count > 1)
            {
                var oldest = _inOrder.Dequeue();
                if (oldest == directory)
                {
                    _inOrder.Enqueue(oldest);
                    continue;
                }

                _names.TryRemove(oldest, out var dropped);
                _count -= Cost(dropped!);
            }
        }
    }

    // A set without names takes room, too.
    private static int Cost(CatalogNames names) => 4 + names.Count;

    [LoggerMessage(LogLevel.Warning, "Catalog document {Key} is of no use: {Fault}; asking the bucket")]
    private partial void LogBadDocument(string key, string fault);
}
