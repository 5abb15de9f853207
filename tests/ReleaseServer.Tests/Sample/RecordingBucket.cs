using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Tests.Sample;

/// <summary>Keeps what is written to it, and answers nothing else.</summary>
internal sealed class RecordingBucket : IWritableBucket
{
    public SortedDictionary<string, RecordedObject> Objects { get; } = new(StringComparer.Ordinal);

    public string Description => "memory";

    public bool ListsSourceDates => true;

    public ValueTask<EntityTag?> WriteAsync(
        AssetKey key,
        ReadOnlyMemory<byte> content,
        ObjectAttributes attributes,
        WriteCondition condition,
        CancellationToken cancellationToken)
    {
        Objects.Add(key.Value, new RecordedObject(content.ToArray(), attributes)); // throws when a key is written twice
        return ValueTask.FromResult<EntityTag?>(new EntityTag("\"recorded\""));
    }

    public ValueTask DeleteAsync(AssetKey key, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IAsyncEnumerable<BucketEntry> ListAsync(string prefix, ListDepth depth, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}

internal sealed record RecordedObject(byte[] Content, ObjectAttributes Attributes);
