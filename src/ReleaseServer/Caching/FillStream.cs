using ReleaseServer.Buckets;
using ReleaseServer.Transport;

namespace ReleaseServer.Caching;

/// <summary>Follows a fill. The fill counts it as a reader until it is disposed.</summary>
internal sealed class FillStream : ForwardStream
{
    private readonly Fill _fill;
    private readonly long _end;
    private readonly bool _isWhole;
    private readonly DiskBody? _disk;
    private long _position;
    private bool _isDisposed;

    private FillStream(Fill fill, long position, long end, DiskBody? disk)
    {
        (_fill, _position, _end, _disk) = (fill, position, end, disk);
        Length = end - position;
        _isWhole = position == 0 && end == fill.Metadata.Length;
    }

    public override long Length { get; }

    /// <summary>Null where the fill has ended without success, or what it brought has been evicted already.</summary>
    /// <param name="position">Of the first byte wanted.</param>
    /// <param name="end">Behind the last one.</param>
    public static FillStream? TryOpen(Fill fill, long position, long end)
    {
        if (!fill.TryAttach())
        {
            return null;
        }

        // Held open, so that an eviction right after the end takes nothing away from who still reads.
        var disk = fill.Body.Body as DiskBody;
        try
        {
            if (disk is not null && disk.Acquire() is null)
            {
                fill.Detach();
                return null;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The disk fails. What it does not take is held in memory for those who read.
            disk = null;
        }

        return new FillStream(fill, position, end, disk);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (buffer.IsEmpty || (_position == _end && Length > 0))
        {
            return 0;
        }

        await EventThread.Leave();

        try
        {
            var read = await _fill.ReadAsync(_position, _end, _isWhole, buffer, cancellationToken);
            _position += read;
            return read > 0 || Length == 0 ? read : throw new BucketUnavailableException($"The cache lost bytes of {_fill.Key}");
        }
        catch (IOException exception)
        {
            throw new BucketUnavailableException($"The cache's disk failed: {exception.Message}", exception);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            _fill.Detach();
            _disk?.Release();
        }

        base.Dispose(disposing);
    }
}
