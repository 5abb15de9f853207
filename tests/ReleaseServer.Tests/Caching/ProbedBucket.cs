using System.Collections.Concurrent;
using System.Security.Cryptography;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Caching;

/// <summary>What a bucket that lies gets wrong.</summary>
public enum Lie
{
    None,

    /// <summary>Says less than it has, and sends no more than it says.</summary>
    ShortLength,

    /// <summary>Says more than it has.</summary>
    LongLength,
    FlippedFirst,
    FlippedMiddle,
    FlippedLast,

    /// <summary>Ends half way.</summary>
    Cut,

    /// <summary>Sends nothing.</summary>
    EmptyBody,

    /// <summary>Says that there is nothing, and sends nothing.</summary>
    Empty,
}

/// <summary>A bucket that says digests of its objects, may lie about them, waits when told to, and notes what is read of it.</summary>
internal sealed class ProbedBucket(IBucket inner) : IBucket
{
    private readonly ConcurrentDictionary<string, ContentDigest> _digests = new(StringComparer.Ordinal);
    private long _bytes;

    public string Description => inner.Description;

    public bool ListsSourceDates => inner.ListsSourceDates;

    public Lie Lie { get; set; }

    public bool HasDigests { get; set; } = true;

    /// <summary>Each question for an object passes it before it is asked; null for none.</summary>
    public BodyScript? Before { get; set; }

    /// <summary>Each answer about an object passes it before it is given; null for none.</summary>
    public BodyScript? After { get; set; }

    /// <summary>Bytes that were read from bodies.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public void Describe(string key, byte[] content) => _digests[key] = new ContentDigest(DigestAlgorithm.Sha256, Convert.ToHexStringLower(SHA256.HashData(content)));

    public async ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken)
    {
        await PassAsync(Before, cancellationToken);
        var metadata = await inner.HeadAsync(key, cancellationToken);
        await PassAsync(After, cancellationToken);
        return metadata is null ? null : Described(key, metadata);
    }

    public async ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken)
    {
        await PassAsync(Before, cancellationToken);
        var opened = await inner.OpenAsync(key, range, expected, cancellationToken);
        await PassAsync(After, cancellationToken);
        return opened is null ? null : await ToldAsync(key, opened, range?.First ?? 0, cancellationToken);
    }

    public async ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken)
    {
        await PassAsync(Before, cancellationToken);
        var read = await inner.OpenChangedAsync(key, known, cancellationToken);
        await PassAsync(After, cancellationToken);
        return read.Representation is { } opened ? read with { Representation = await ToldAsync(key, opened, 0, cancellationToken) } : read;
    }

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken) => inner.AnyAsync(prefix, cancellationToken);

    public IAsyncEnumerable<BucketEntry> ListAsync(string prefix, ListDepth depth, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, depth, cancellationToken);

    private static ValueTask PassAsync(BodyScript? script, CancellationToken cancellationToken) =>
        script?.PassAsync(cancellationToken) ?? ValueTask.CompletedTask;

    private RepresentationMetadata Described(AssetKey key, RepresentationMetadata metadata) => metadata with
    {
        Digests = HasDigests && _digests.TryGetValue(key.Value, out var digest) ? [digest] : [],
        Length = Lie switch
        {
            Lie.ShortLength => metadata.Length - 10,
            Lie.LongLength => metadata.Length + 10,
            Lie.Empty => 0,
            _ => metadata.Length,
        },
    };

    private async ValueTask<Representation> ToldAsync(AssetKey key, Representation opened, long first, CancellationToken cancellationToken)
    {
        var metadata = Described(key, opened.Metadata);
        if (Lie == Lie.None)
        {
            return new Representation(metadata, new CountedStream(opened.Body, count => Interlocked.Add(ref _bytes, count)));
        }

        using var content = new MemoryStream();
        await opened.Body.CopyToAsync(content, cancellationToken);
        await opened.DisposeAsync();
        var flipped = Lie switch
        {
            Lie.FlippedFirst => 0,
            Lie.FlippedMiddle => opened.Metadata.Length / 2,
            Lie.FlippedLast => opened.Metadata.Length - 1,
            _ => -1,
        };
        var bytes = content.ToArray();
        if (flipped >= first && flipped < first + bytes.Length)
        {
            bytes[flipped - first] ^= 1;
        }

        var sent = Lie switch
        {
            Lie.ShortLength => Math.Max(0, bytes.Length - 10),
            Lie.Cut => bytes.Length / 2,
            Lie.EmptyBody or Lie.Empty => 0,
            _ => bytes.Length,
        };
        return new Representation(metadata, new MemoryStream(bytes, 0, sent, writable: false));
    }
}

/// <summary>Tells how many bytes are read of a body.</summary>
internal sealed class CountedStream(Stream inner, Action<int> onRead) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => inner.Length;

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        onRead(count);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
