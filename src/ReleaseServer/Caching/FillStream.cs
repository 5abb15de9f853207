using ReleaseServer.Buckets;

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

    /// <summary>Null where the fill has ended without success.</summary>
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
        if (disk is not null && disk.Acquire() is null)
        {
            fill.Detach();
            return null;
        }

        return new FillStream(fill, position, end, disk);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_position == _end || buffer.IsEmpty)
        {
            return 0;
        }

        if (!Thread.CurrentThread.IsThreadPoolThread)
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }

        try
        {
            var read = await _fill.ReadAsync(_position, _end, _isWhole, buffer, cancellationToken);
            _position += read;
            return read > 0 ? read : throw new BucketUnavailableException($"The cache lost bytes of {_fill.Key}");
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
