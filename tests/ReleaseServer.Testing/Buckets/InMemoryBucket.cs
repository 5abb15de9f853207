using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Testing.Buckets;

/// <summary>A bucket in memory that behaves as an S3 store does. Safe for concurrent use; counts what it is asked.</summary>
internal sealed class InMemoryBucket(TimeProvider? time = null) : IWritableBucket
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Item> _items = new(StringComparer.Ordinal);
    private int _heads;
    private int _lists;
    private int _opens;
    private int _writes;

    public string Description => "bucket in memory";

    public bool ListsSourceDates => true;

    public int Heads => _heads;

    /// <summary>Of both <see cref="AnyAsync"/> and <see cref="ListAsync"/>.</summary>
    public int Lists => _lists;

    public int Opens => _opens;

    public int Writes => _writes;

    /// <summary>Puts an object, whatever is there.</summary>
    /// <returns>Its entity tag: <paramref name="tag"/>, or one made of the bytes.</returns>
    public EntityTag Put(
        string key,
        byte[] content,
        DateTimeOffset? modified = null,
        string? contentType = null,
        string? contentEncoding = null,
        EntityTag? tag = null)
    {
        var entityTag = tag ?? new EntityTag($"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16))}\"");
        var date = modified ?? (time ?? TimeProvider.System).GetUtcNow();
        lock (_lock)
        {
            _items[key] = new Item(content, new RepresentationMetadata(content.Length, entityTag, date, contentType, contentEncoding));
        }

        return entityTag;
    }

    private EntityTag Put(string key, byte[] content, ObjectAttributes attributes)
    {
        lock (_lock)
        {
            var tag = Put(key, content, attributes.Modified, attributes.ContentType, attributes.ContentEncoding);
            if (ContentDigest.Read(DigestAlgorithm.Sha256, attributes.Sha256) is { } digest)
            {
                _items[key] = _items[key] with { Metadata = _items[key].Metadata with { Digests = [digest] } };
            }

            return tag;
        }
    }

    /// <inheritdoc cref="Put(string, byte[], DateTimeOffset?, string?, string?, EntityTag?)"/>
    public EntityTag Put(string key, string text, DateTimeOffset? modified = null, string? contentType = null) =>
        Put(key, Encoding.UTF8.GetBytes(text), modified, contentType);

    /// <summary>Puts the zero-byte object that stands for an empty directory.</summary>
    /// <param name="prefix">Ends in a slash.</param>
    public void PutMarker(string prefix) => Put(prefix, []);

    /// <summary>Removes an object or a marker; false when there was none.</summary>
    public bool Remove(string key)
    {
        lock (_lock)
        {
            return _items.Remove(key);
        }
    }

    public ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Interlocked.Increment(ref _heads);
        return ValueTask.FromResult(Find(key.Value)?.Metadata);
    }

    public ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Interlocked.Increment(ref _opens);
        if (Find(key.Value) is not { } item)
        {
            return ValueTask.FromResult<Representation?>(null);
        }

        if (expected is { } tag && tag != item.Metadata.EntityTag)
        {
            throw new RepresentationChangedException(key);
        }

        var selected = range ?? new ByteRange(0, item.Content.Length - 1);
        if (selected.First < 0 || selected.Last >= item.Content.Length)
        {
            throw new BucketUnavailableException($"{key} in {Description} has no bytes {selected.First} to {selected.Last}")
            {
                Fault = BucketFault.NoSuchBytes,
            };
        }

        var source = new MemoryStream(item.Content, (int)selected.First, (int)selected.Length, writable: false);
        var body = new ExactLengthStream(source, selected.Length, $"{key} in {Description}");
        return ValueTask.FromResult<Representation?>(new Representation(item.Metadata, body));
    }

    public async ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken)
    {
        var opened = await OpenAsync(key, range: null, expected: null, cancellationToken);
        if (opened is null)
        {
            return new Revalidation(RevalidationOutcome.Absent);
        }

        return opened.Metadata.EntityTag == known
            ? new Revalidation(RevalidationOutcome.Unchanged)
            : new Revalidation(RevalidationOutcome.Changed, opened);
    }

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Interlocked.Increment(ref _lists);
        return ValueTask.FromResult(Rows(prefix, ListDepth.All).Count > 0);
    }

    public async IAsyncEnumerable<BucketEntry> ListAsync(
        string prefix,
        ListDepth depth,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Interlocked.Increment(ref _lists);
        foreach (var row in Rows(prefix, depth))
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            yield return row;
        }
    }

    public ValueTask<EntityTag?> WriteAsync(
        AssetKey key,
        ReadOnlyMemory<byte> content,
        ObjectAttributes attributes,
        WriteCondition condition,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Interlocked.Increment(ref _writes);
        lock (_lock)
        {
            var current = Find(key.Value)?.Metadata;
            var holds = condition.MustBeAbsent ? current is null : condition.MustMatch is not { } tag || tag == current?.EntityTag;
            return ValueTask.FromResult<EntityTag?>(
                holds ? Put(key.Value, content.ToArray(), attributes) : null);
        }
    }

    public async ValueTask UploadAsync(
        AssetKey key, Stream content, long length, ObjectAttributes attributes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var bytes = new MemoryStream();
        await content.CopyToAsync(bytes, cancellationToken);
        if (bytes.Length != length)
        {
            throw new BucketUnavailableException($"{key} in {Description} was given {bytes.Length} bytes where {length} were announced");
        }

        Interlocked.Increment(ref _writes);
        Put(key.Value, bytes.ToArray(), attributes);
    }

    public ValueTask<bool> TryCopyAsync(
        IBucket source, AssetKey from, RepresentationMetadata version, AssetKey key, ObjectAttributes attributes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (source is not InMemoryBucket other)
        {
            return ValueTask.FromResult(false);
        }

        if (other.Find(from.Value) is not { } item || item.Metadata.EntityTag != version.EntityTag)
        {
            throw new RepresentationChangedException(from);
        }

        Interlocked.Increment(ref _writes);
        Put(key.Value, item.Content, attributes);
        return ValueTask.FromResult(true);
    }

    public ValueTask DeleteAsync(AssetKey key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Remove(key.Value);
        return ValueTask.CompletedTask;
    }

    private Item? Find(string key)
    {
        lock (_lock)
        {
            return _items.GetValueOrDefault(key);
        }
    }

    private List<BucketEntry> Rows(string prefix, ListDepth depth)
    {
        var rows = new List<BucketEntry>();
        lock (_lock)
        {
            foreach (var (name, item) in _items.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)))
            {
                var slash = depth == ListDepth.All ? -1 : name.IndexOf('/', prefix.Length);
                var row = slash < 0
                    ? new BucketEntry(name, false, item.Metadata.Length, item.Metadata.Modified, item.Metadata.EntityTag)
                    : BucketEntry.Prefix(name[..(slash + 1)]);
                if (!row.IsPrefix || rows.LastOrDefault() != row)
                {
                    rows.Add(row);
                }
            }
        }

        return rows;
    }

    private sealed record Item(byte[] Content, RepresentationMetadata Metadata);
}
