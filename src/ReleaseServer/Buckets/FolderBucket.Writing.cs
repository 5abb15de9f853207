using ReleaseServer.Http;

namespace ReleaseServer.Buckets;

// What writes: each version is made under a temporary name and renamed, so that nobody ever reads a part of it.
internal sealed partial class FolderBucket
{
    /// <summary>Bytes of an upload that are held in memory.</summary>
    private const int CopyBuffer = 256 << 10;

    private readonly FolderLock _lock = new();
    private readonly TimeProvider _time = time ?? TimeProvider.System;

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

    private static bool Holds(WriteCondition condition, RepresentationMetadata? current) =>
        condition.MustBeAbsent ? current is null : condition.MustMatch is not { } tag || tag == current?.EntityTag;

    private static string PathOf(string parent, string key) => Path.Join(parent, key[(key.LastIndexOf('/') + 1)..]);

    private static string LockPath(string scratch) => Path.Join(scratch, "lock");

    // Temporary files are on the bucket's own file system, so that a rename is all it takes to publish them.
    private static string MakeScratch(string realRoot) => FolderPaths.MakeParent(realRoot, FolderPaths.Hidden + "/");

    // A date of its own for each version, or two of the same length could not be told apart.
    private DateTimeOffset NowAfter(RepresentationMetadata? current)
    {
        var now = _time.GetUtcNow();
        return current is not null && current.Modified >= now ? current.Modified.AddTicks(1) : now;
    }
}
