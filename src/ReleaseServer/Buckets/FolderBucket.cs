using System.Globalization;
using System.Runtime.CompilerServices;
using ReleaseServer.Http;

namespace ReleaseServer.Buckets;

/// <summary>A bucket that is a directory of this machine: keys are paths below it, names are UTF-8.</summary>
/// <remarks>
/// Entity tags are made of date and length, as nginx makes them, and say as much: two versions of the same length with the same explicit
/// date are told apart by nobody. A folder keeps no media type. A key can be a file or a directory here, not both as in S3.
/// Pipes, sockets and devices count as empty files: the runtime does not tell them from files.
/// </remarks>
/// <param name="root">The bucket's directory; may be a link. Relative paths start at the current directory.</param>
/// <param name="time">Dates files that are written without one; null for the system's clock.</param>
internal sealed partial class FolderBucket(string root, TimeProvider? time = null) : IWritableBucket, IDisposable
{
    // Listing is synchronous work; after so many entries the thread is given back once.
    private const int EntriesPerTurn = 1000;

    private readonly FolderPaths _paths = new(Path.GetFullPath(root));

    public string Description => $"folder {root}";

    public bool ListsSourceDates => true;

    /// <summary>The entity tag of a file: date and length in hexadecimal.</summary>
    public static EntityTag TagOf(DateTimeOffset modified, long length) =>
        new(string.Create(CultureInfo.InvariantCulture, $"\"{modified.UtcTicks:x}-{length:x}\""));

    public ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Found(key.Value, Look));
    }

    public ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Found(key.Value, Open) is not { } file)
        {
            return ValueTask.FromResult<Representation?>(null);
        }

        try
        {
            var metadata = file.Metadata;
            if (expected is { } tag && tag != metadata.EntityTag)
            {
                throw new RepresentationChangedException(key);
            }

            var selected = range ?? new ByteRange(0, metadata.Length - 1);
            if (selected.First < 0 || selected.Last >= metadata.Length)
            {
                throw new BucketUnavailableException($"{Subject(key.Value)} has no bytes {selected.First} to {selected.Last}")
                {
                    Fault = BucketFault.NoSuchBytes,
                };
            }

            file.Body.Position = selected.First;
            var body = new ExactLengthStream(file.Body, selected.Length, Subject(key.Value));
            return ValueTask.FromResult<Representation?>(new Representation(metadata, body));
        }
        catch
        {
            file.Body.Dispose();
            throw;
        }
    }

    public async ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken)
    {
        if (await HeadAsync(key, cancellationToken) is { } metadata && metadata.EntityTag == known)
        {
            return new Revalidation(RevalidationOutcome.Unchanged);
        }

        return await OpenAsync(key, range: null, expected: null, cancellationToken) is { } opened
            ? new Revalidation(RevalidationOutcome.Changed, opened)
            : new Revalidation(RevalidationOutcome.Absent);
    }

    public async ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken)
    {
        await foreach (var _ in ListAsync(prefix, ListDepth.Children, cancellationToken))
        {
            return true;
        }

        return false;
    }

    public async IAsyncEnumerable<BucketEntry> ListAsync(
        string prefix,
        ListDepth depth,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var entries = Listed(prefix, () => FolderListing.List(_paths.RealRoot(), prefix, depth).GetEnumerator());
        for (var count = 1; Listed(prefix, entries.MoveNext); count++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return entries.Current;
            if (count % EntriesPerTurn == 0)
            {
                await Task.Yield();
            }
        }
    }

    public void Dispose() => _lock.Dispose();

    private static RepresentationMetadata Describe(DateTimeOffset modified, long length) =>
        new(length, TagOf(modified, length), modified);

    // Rights do not change from one moment to the next; what a disk or a network file system says may.
    private static BucketFault FaultOf(Exception exception) =>
        exception is UnauthorizedAccessException ? BucketFault.Refused : BucketFault.Unknown;

    private string Subject(string key) => $"{key} in {Description}";

    private RepresentationMetadata? Look(string key)
    {
        if (_paths.Resolve(key) is not { } path)
        {
            return null;
        }

        var file = new FileInfo(path);
        return file.Exists ? Describe(FileDate.Of(file), file.Length) : null;
    }

    private Representation? Open(string key)
    {
        if (_paths.Resolve(key) is not { } path || new FileInfo(path) is not { Exists: true } file)
        {
            return null;
        }

        // Opening a named pipe waits for a writer, perhaps for ever. The runtime does not tell one from a file, but its length is 0, as is
        // that of sockets and devices; and of nothing at all there is nothing to open.
        if (file.Length == 0)
        {
            return new Representation(Describe(FileDate.Of(file), 0), Stream.Null);
        }

        var content = new FileStream(path, new FileStreamOptions
        {
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
        });
        try
        {
            // Of the file that is open, not of the name: the name may mean another file by now.
            return new Representation(Describe(FileDate.Of(content.SafeFileHandle), content.Length), content);
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    // Absent by the time that it is opened is absent; everything else that the file system refuses is a failure.
    private T? Found<T>(string key, Func<string, T?> read)
        where T : class
    {
        try
        {
            return read(key);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BucketUnavailableException($"{Subject(key)} could not be read: {exception.Message}", exception) { Fault = FaultOf(exception) };
        }
    }

    // Here nothing may count as absence: the listing would be short.
    private T Listed<T>(string prefix, Func<T> step)
    {
        try
        {
            return step();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BucketUnavailableException($"{Subject(prefix + "*")} could not be listed: {exception.Message}", exception)
            {
                Fault = FaultOf(exception),
            };
        }
    }
}
