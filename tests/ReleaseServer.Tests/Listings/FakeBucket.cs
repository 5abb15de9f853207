using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Tests.Listings;

/// <summary>As much of a bucket as listings need, in memory, with a count of each kind of request.</summary>
internal sealed class FakeBucket : IWritableBucket
{
    public static readonly DateTimeOffset UploadDate = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ConcurrentDictionary<string, Stored> _objects = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _headsReleased = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _heads;
    private int _opens;
    private int _writes;
    private int _deletions;
    private int _lists;
    private int _headsNow;
    private int _mostHeads;

    public string Description => "fake";

    /// <summary>False as with S3: listings give <see cref="UploadDate"/>.</summary>
    public bool ListsSourceDates { get; init; }

    /// <summary>When set, every request fails.</summary>
    public bool IsDown { get; set; }

    /// <summary>HEADs wait until this many are under way at once; after that, none waits.</summary>
    public int HoldHeadsUntil { get; set; }

    public int Heads => _heads;

    public int Opens => _opens;

    public int Writes => _writes;

    public int Deletions => _deletions;

    public int Lists => _lists;

    public int MostHeads => _mostHeads;

    public IEnumerable<string> Keys => _objects.Keys.Order(StringComparer.Ordinal);

    public FakeBucket Put(string key, string modified = "2026-01-01T00:00:00Z", string content = "abc")
    {
        var date = DateTimeOffset.Parse(modified, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        _objects[key] = new Stored(System.Text.Encoding.UTF8.GetBytes(content), date);
        return this;
    }

    public void Remove(string key) => _objects.TryRemove(key, out _);

    public string Text(string key) => System.Text.Encoding.UTF8.GetString(_objects[key].Bytes);

    public void ResetCounts() => (_heads, _opens, _writes, _deletions, _lists) = (0, 0, 0, 0, 0);

    public async ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken)
    {
        ThrowIfDown();
        Interlocked.Increment(ref _heads);
        var now = Interlocked.Increment(ref _headsNow);
        InterlockedMax(ref _mostHeads, now);
        if (now >= HoldHeadsUntil)
        {
            _headsReleased.TrySetResult();
        }

        await _headsReleased.Task.WaitAsync(cancellationToken);

        Interlocked.Decrement(ref _headsNow);
        return _objects.TryGetValue(key.Value, out var found) ? found.Metadata : null;
    }

    public ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken)
    {
        ThrowIfDown();
        Interlocked.Increment(ref _opens);
        return ValueTask.FromResult(
            _objects.TryGetValue(key.Value, out var found) ? new Representation(found.Metadata, new MemoryStream(found.Bytes)) : null);
    }

    public ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Nothing here revalidates");

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_objects.Keys.Any(key => key.StartsWith(prefix, StringComparison.Ordinal)));

    public async IAsyncEnumerable<BucketEntry> ListAsync(
        string prefix, ListDepth depth, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ThrowIfDown();
        Interlocked.Increment(ref _lists);
        var prefixes = new HashSet<string>();
        foreach (var (key, stored) in _objects.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            await Task.CompletedTask;
            var slash = key.IndexOf('/', prefix.Length);
            if (depth == ListDepth.Children && slash >= 0)
            {
                if (prefixes.Add(key[..(slash + 1)]))
                {
                    yield return BucketEntry.Prefix(key[..(slash + 1)]);
                }

                continue;
            }

            var date = ListsSourceDates ? stored.Metadata.Modified : UploadDate;
            yield return new BucketEntry(key, false, stored.Bytes.Length, date, stored.Metadata.EntityTag);
        }
    }

    public ValueTask<EntityTag?> WriteAsync(
        AssetKey key,
        ReadOnlyMemory<byte> content,
        ObjectAttributes attributes,
        WriteCondition condition,
        CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _writes);
        var stored = _objects[key.Value] = new Stored(content.ToArray(), attributes.Modified ?? UploadDate);
        return ValueTask.FromResult<EntityTag?>(stored.Metadata.EntityTag);
    }

    public async ValueTask UploadAsync(
        AssetKey key, Stream content, long length, ObjectAttributes attributes, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        await content.ReadExactlyAsync(bytes, cancellationToken);
        await WriteAsync(key, bytes, attributes, WriteCondition.None, cancellationToken);
    }

    public ValueTask<bool> TryCopyAsync(
        IBucket source, AssetKey from, RepresentationMetadata version, AssetKey key, ObjectAttributes attributes, CancellationToken cancellationToken) =>
        ValueTask.FromResult(false);

    public ValueTask DeleteAsync(AssetKey key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _deletions);
        Remove(key.Value);
        return ValueTask.CompletedTask;
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    private void ThrowIfDown()
    {
        if (IsDown)
        {
            throw new BucketUnavailableException("The fake is down");
        }
    }

    private sealed class Stored(byte[] bytes, DateTimeOffset modified)
    {
        public byte[] Bytes => bytes;

        // As S3: made of the bytes alone, so a new date does not show in it.
        public RepresentationMetadata Metadata { get; } = new(
            bytes.Length,
            new EntityTag($"\"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))[..16]}\""),
            modified);
    }
}
