using System.Runtime.CompilerServices;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Resilience;

/// <summary>Reads a bucket no faster than it may be read: so many requests a second, so many bytes.</summary>
/// <param name="inner">Read from.</param>
/// <param name="requests">Each request takes one; a listing one for each page of S3.</param>
/// <param name="bytes">Each byte of a body takes one.</param>
internal sealed class PacedBucket(IBucket inner, Pacer requests, Pacer bytes) : IBucket
{
    private const int KeysOfAPage = 1000;

    public string Description => inner.Description;

    public bool ListsSourceDates => inner.ListsSourceDates;

    public async ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken)
    {
        await requests.TakeAsync(1, cancellationToken);
        return await inner.HeadAsync(key, cancellationToken);
    }

    public async ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken)
    {
        await requests.TakeAsync(1, cancellationToken);
        return Paced(await inner.OpenAsync(key, range, expected, cancellationToken));
    }

    public async ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken)
    {
        await requests.TakeAsync(1, cancellationToken);
        var answer = await inner.OpenChangedAsync(key, known, cancellationToken);
        return answer with { Representation = Paced(answer.Representation) };
    }

    public async ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken)
    {
        await requests.TakeAsync(1, cancellationToken);
        return await inner.AnyAsync(prefix, cancellationToken);
    }

    public async IAsyncEnumerable<BucketEntry> ListAsync(string prefix, ListDepth depth, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var count = 0;
        await requests.TakeAsync(1, cancellationToken);
        await foreach (var entry in inner.ListAsync(prefix, depth, cancellationToken))
        {
            if (++count % KeysOfAPage == 0)
            {
                await requests.TakeAsync(1, cancellationToken);
            }

            yield return entry;
        }
    }

    private Representation? Paced(Representation? representation) =>
        representation is null ? null : new Representation(representation.Metadata, new PacedStream(representation.Body, bytes));

    private sealed class PacedStream(Stream inner, Pacer pacer) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            await pacer.TakeAsync(read, cancellationToken);
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous reads are paced");

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
