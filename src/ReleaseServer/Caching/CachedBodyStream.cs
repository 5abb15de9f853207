using ReleaseServer.Buckets;
using ReleaseServer.Transport;

namespace ReleaseServer.Caching;

/// <summary>Reads a part of a body that is wholly kept. Its file stays until the stream is disposed, whatever becomes of the entry.</summary>
internal sealed class CachedBodyStream : ForwardStream
{
    private readonly CachedObject _kept;
    private readonly CachedBody _body;
    private readonly long _end;
    private long _position;
    private bool _isDisposed;

    private CachedBodyStream(CachedObject kept, CachedBody body, long position, long end)
    {
        (_kept, _body, _position, _end) = (kept, body, position, end);
        Length = end - position;
    }

    public override long Length { get; }

    /// <param name="kept">Whole and verified.</param>
    /// <param name="position">Of the first byte wanted.</param>
    /// <param name="end">Behind the last one.</param>
    /// <returns>Null where the body is gone, as one is that was evicted a moment ago, or whose file has vanished.</returns>
    public static CachedBodyStream? TryOpen(CachedObject kept, long position, long end)
    {
        try
        {
            return kept.Body is DiskBody disk && disk.Acquire() is null ? null : new CachedBodyStream(kept, kept.Body!, position, end);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            kept.OnEvicted();
            return null;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_body is DiskBody)
        {
            // A disk may take its time, and all sockets need their threads.
            await EventThread.Leave();
        }

        var wanted = (int)Math.Min(buffer.Length, _end - _position);
        if (wanted == 0)
        {
            return 0;
        }

        try
        {
            var read = _body.Read(_position, buffer.Span[..wanted]);
            _position += read;
            return read > 0 ? read : throw new IOException("the end of a file is lost");
        }
        catch (IOException exception)
        {
            // Whoever comes next gets it from the bucket.
            _kept.OnEvicted();
            throw new BucketUnavailableException($"The cache's disk failed: {exception.Message}", exception);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            (_body as DiskBody)?.Release();
        }

        base.Dispose(disposing);
    }
}
