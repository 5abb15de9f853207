using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Tests.Faults;

/// <summary>A bucket of one object of any length, made as it is read.</summary>
internal sealed class VirtualBucket(string key, long length) : IBucket
{
    private readonly RepresentationMetadata _metadata = new(length, new EntityTag("\"virtual\""), DateTimeOffset.UnixEpoch);

    public string Description => "virtual bucket";

    public bool ListsSourceDates => true;

    /// <summary>Bytes read of all bodies so far.</summary>
    public long BytesRead { get; private set; }

    public ValueTask<RepresentationMetadata?> HeadAsync(AssetKey asked, CancellationToken cancellationToken) =>
        ValueTask.FromResult(asked.Value == key ? _metadata : null);

    public ValueTask<Representation?> OpenAsync(AssetKey asked, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken) =>
        ValueTask.FromResult(asked.Value == key ? new Representation(_metadata, new Body(this, range?.Length ?? length)) : null);

    public ValueTask<Revalidation> OpenChangedAsync(AssetKey asked, EntityTag known, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new Revalidation(asked.Value == key ? RevalidationOutcome.Unchanged : RevalidationOutcome.Absent));

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken) => ValueTask.FromResult(false);

    public async IAsyncEnumerable<BucketEntry> ListAsync(
        string prefix, ListDepth depth, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield break;
    }

    private sealed class Body(VirtualBucket bucket, long length) : Stream
    {
        private long _left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length { get; } = length;

        public override long Position
        {
            get => Length - _left;
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = (int)Math.Min(buffer.Length, _left);
            buffer.Span[..count].Fill((byte)'v');
            _left -= count;
            bucket.BytesRead += count;
            return ValueTask.FromResult(count);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
