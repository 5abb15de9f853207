using System.Collections.Concurrent;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Testing.Buckets;

/// <summary>A bucket whose changes a test sees one by one, may stop, or may spoil.</summary>
internal sealed class ObservedBucket(InMemoryBucket inner) : ForwardingBucket(inner), IWritableBucket
{
    private readonly ConcurrentQueue<string> _changed = [];

    /// <summary>Keys that were written, copied or deleted, in that order.</summary>
    public IReadOnlyList<string> Changed => [.. _changed];

    /// <summary>Called before each change with its key and its number, from 0; what it throws comes out.</summary>
    public Action<string, int> Before { get; set; } = static (_, _) => { };

    /// <summary>Called after each change with its key.</summary>
    public Func<string, Task> After { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Changes the bytes of what is uploaded; the writer does not notice.</summary>
    public Func<string, byte[], byte[]> Spoil { get; set; } = static (_, content) => content;

    public async ValueTask<EntityTag?> WriteAsync(
        AssetKey key, ReadOnlyMemory<byte> content, ObjectAttributes attributes, WriteCondition condition, CancellationToken cancellationToken)
    {
        Note(key);
        var tag = await inner.WriteAsync(key, content, attributes, condition, cancellationToken);
        await After(key.Value);
        return tag;
    }

    public async ValueTask UploadAsync(AssetKey key, Stream content, long length, ObjectAttributes attributes, CancellationToken cancellationToken)
    {
        Note(key);
        using var copy = new MemoryStream();
        await content.CopyToAsync(copy, cancellationToken);
        await inner.WriteAsync(key, Spoil(key.Value, copy.ToArray()), attributes, WriteCondition.None, cancellationToken);
        await After(key.Value);
    }

    public ValueTask<bool> TryCopyAsync(
        IBucket source, AssetKey from, RepresentationMetadata version, AssetKey key, ObjectAttributes attributes, CancellationToken cancellationToken) =>
        ValueTask.FromResult(false);

    public async ValueTask DeleteAsync(AssetKey key, CancellationToken cancellationToken)
    {
        Note(key);
        await inner.DeleteAsync(key, cancellationToken);
        await After(key.Value);
    }

    private void Note(AssetKey key)
    {
        Before(key.Value, _changed.Count);
        _changed.Enqueue(key.Value);
    }
}
