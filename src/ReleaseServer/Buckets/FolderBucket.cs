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
internal sealed class FolderBucket(string root, TimeProvider? time = null) : IWritableBucket, IDisposable
{
    // Listing is synchronous work; after so many entries the thread is given back once.
    private const int EntriesPerTurn = 1000;

    /// <summary>Bytes of an upload that are held in memory.</summary>
    private const int CopyBuffer = 256 << 10;

    private readonly FolderPaths _paths = new(Path.GetFullPath(root));
    private readonly FolderLock _lock = new();
    private readonly TimeProvider _time = time ?? TimeProvider.System;

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

    public async ValueTask<EntityTag?> WriteAsync(
        AssetKey key,
        ReadOnlyMemory<byte> content,
        ObjectAttributes attributes,
        WriteCondition condition,
        CancellationToken cancellationToken) =>
        await PublishAsync(
            key, attributes, condition, temporary => File.WriteAllBytesAsync(temporary, content, cancellationToken), cancellationToken);

    public async ValueTask UploadAsync(
        AssetKey key, Stream content, long length, ObjectAttributes attributes, CancellationToken cancellationToken) =>
        await PublishAsync(
            key,
            attributes,
            WriteCondition.None,
            async temporary =>
            {
                await using var file = new FileStream(temporary, new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    BufferSize = 0,
                    Options = FileOptions.Asynchronous,
                });
                await content.CopyToAsync(file, CopyBuffer, cancellationToken);
                if (file.Length != length)
                {
                    throw new BucketUnavailableException($"{Subject(key.Value)} was given {file.Length} bytes where {length} were announced");
                }
            },
            cancellationToken);

    // The file system may share the blocks of both files; where it cannot, the kernel carries the bytes.
    public async ValueTask<bool> TryCopyAsync(
        IBucket source, AssetKey from, RepresentationMetadata version, AssetKey key, ObjectAttributes attributes, CancellationToken cancellationToken)
    {
        if (source is not FolderBucket other)
        {
            return false;
        }

        await PublishAsync(
            key,
            attributes with { Modified = attributes.Modified ?? _time.GetUtcNow() },
            WriteCondition.None,
            temporary =>
            {
                if (other._paths.Resolve(from.Value) is not { } path || !File.Exists(path))
                {
                    throw new RepresentationChangedException(from);
                }

                File.Copy(path, temporary);
                return other.Look(from.Value)?.EntityTag == version.EntityTag ? Task.CompletedTask : throw new RepresentationChangedException(from);
            },
            cancellationToken);
        return true;
    }

    public async ValueTask DeleteAsync(AssetKey key, CancellationToken cancellationToken)
    {
        try
        {
            var realRoot = _paths.RealRoot();
            using var held = await _lock.AcquireAsync(LockPath(MakeScratch(realRoot)), cancellationToken);
            var slash = key.Value.LastIndexOf('/');
            var parent = slash < 0 ? realRoot : FolderPaths.Resolve(realRoot, key.Value[..slash]);
            if (parent is null || !Directory.Exists(parent) || !new FileInfo(PathOf(parent, key.Value)).Exists)
            {
                return;
            }

            File.Delete(PathOf(parent, key.Value));
            for (var empty = parent; empty != realRoot && !Directory.EnumerateFileSystemEntries(empty).Any(); empty = Path.GetDirectoryName(empty)!)
            {
                Directory.Delete(empty);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BucketUnavailableException($"{Subject(key.Value)} could not be removed: {exception.Message}", exception);
        }
    }

    public void Dispose() => _lock.Dispose();

    /// <param name="fill">Makes the temporary file that it is given the path of.</param>
    /// <returns>Null where the condition did not hold.</returns>
    private async ValueTask<EntityTag?> PublishAsync(
        AssetKey key, ObjectAttributes attributes, WriteCondition condition, Func<string, Task> fill, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var realRoot = _paths.RealRoot();
            var scratch = MakeScratch(realRoot);
            var temporary = Path.Join(scratch, Guid.NewGuid().ToString("n"));
            try
            {
                await fill(temporary);
                using var held = await _lock.AcquireAsync(LockPath(scratch), cancellationToken);
                var current = Look(key.Value);
                if (!Holds(condition, current))
                {
                    return null;
                }

                var modified = attributes.Modified ?? NowAfter(current);
                File.SetLastWriteTimeUtc(temporary, modified.UtcDateTime);
                // As the file system keeps it, which may be coarser.
                var file = new FileInfo(temporary);
                var tag = TagOf(FileDate.Of(file), file.Length);
                File.Move(temporary, PathOf(FolderPaths.MakeParent(realRoot, key.Value), key.Value), overwrite: true);
                return tag;
            }
            finally
            {
                File.Delete(temporary);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BucketUnavailableException($"{Subject(key.Value)} could not be written: {exception.Message}", exception);
        }
    }

    private static RepresentationMetadata Describe(DateTimeOffset modified, long length) =>
        new(length, TagOf(modified, length), modified);

    // Rights do not change from one moment to the next; what a disk or a network file system says may.
    private static BucketFault FaultOf(Exception exception) =>
        exception is UnauthorizedAccessException ? BucketFault.Refused : BucketFault.Unknown;

    private static bool Holds(WriteCondition condition, RepresentationMetadata? current) =>
        condition.MustBeAbsent ? current is null : condition.MustMatch is not { } tag || tag == current?.EntityTag;

    private static string PathOf(string parent, string key) => Path.Join(parent, key[(key.LastIndexOf('/') + 1)..]);

    private static string LockPath(string scratch) => Path.Join(scratch, "lock");

    // Temporary files are on the bucket's own file system, so that a rename is all it takes to publish them.
    private static string MakeScratch(string realRoot) => FolderPaths.MakeParent(realRoot, FolderPaths.Hidden + "/");

    private string Subject(string key) => $"{key} in {Description}";

    // A date of its own for each version, or two of the same length could not be told apart.
    private DateTimeOffset NowAfter(RepresentationMetadata? current)
    {
        var now = _time.GetUtcNow();
        return current is not null && current.Modified >= now ? current.Modified.AddTicks(1) : now;
    }

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
