namespace ReleaseServer.Buckets;

/// <summary>Longest wait for the next bytes of a body, by this clock.</summary>
internal readonly record struct StallLimit(TimeSpan Wait, TimeProvider Clock);

/// <summary>One forward read of exactly as many bytes as were announced. A source that ends early or breaks is a failed bucket.</summary>
/// <remarks>Holds no bytes of its own. Disposing it before the end gives the source up at once, and <paramref name="owner"/> with it.</remarks>
/// <param name="source">Where the bytes come from; disposed with this stream.</param>
/// <param name="length">Bytes announced.</param>
/// <param name="subject">What is being read, for messages: <c>nodejs/x at s3 dist</c>.</param>
/// <param name="owner">What else ends with this stream, such as the response that the source belongs to.</param>
/// <param name="stallLimit">Longest wait for the next bytes, of asynchronous reads; null for no limit. Time that the reader takes does not count.</param>
internal sealed class ExactLengthStream(Stream source, long length, string subject, IDisposable? owner = null, StallLimit? stallLimit = null) : Stream
{
    // One for all reads of the stream, armed anew for each; null where there is no limit, and once it has fired.
    private CancellationTokenSource? _stall;
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var wanted = (int)Math.Min(buffer.Length, length - _read);
        if (wanted == 0)
        {
            return 0;
        }

        int count;
        try
        {
            count = stallLimit is { } limit
                ? await ReadWithinAsync(limit, buffer[..wanted], cancellationToken)
                : await source.ReadAsync(buffer[..wanted], cancellationToken);
        }
        catch (Exception exception) when (IsBroken(exception, cancellationToken))
        {
            throw Broke(exception);
        }

        return Counted(count);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(Span<byte> buffer)
    {
        var wanted = (int)Math.Min(buffer.Length, length - _read);
        if (wanted == 0)
        {
            return 0;
        }

        int count;
        try
        {
            count = source.Read(buffer[..wanted]);
        }
        catch (Exception exception) when (IsBroken(exception, CancellationToken.None))
        {
            throw Broke(exception);
        }

        return Counted(count);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        owner?.Dispose();
        _stall?.Dispose();
        await base.DisposeAsync();
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
            owner?.Dispose();
            _stall?.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadWithinAsync(StallLimit limit, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var stall = _stall ??= new CancellationTokenSource(Timeout.InfiniteTimeSpan, limit.Clock);
        try
        {
            using var caller = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), stall);
            stall.CancelAfter(limit.Wait);
            return await source.ReadAsync(buffer, stall.Token);
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException && stall.IsCancellationRequested)
        {
            throw new BucketUnavailableException($"{subject} sent nothing for {limit.Wait.TotalSeconds} s after {_read} of {length} bytes", exception)
            {
                Fault = BucketFault.Timeout,
            };
        }
        finally
        {
            // Also disarms it. One that fired just as the bytes came is of no more use.
            if (!stall.TryReset())
            {
                stall.Dispose();
                _stall = null;
            }
        }
    }

    // The reader's own cancellation is not the bucket's failure; one that comes from below it is.
    private static bool IsBroken(Exception exception, CancellationToken cancellationToken) =>
        exception is IOException or HttpRequestException
        || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private BucketUnavailableException Broke(Exception exception) =>
        new($"{subject} broke off after {_read} of {length} bytes", exception) { Fault = BucketFault.Reset };

    private int Counted(int count)
    {
        if (count == 0)
        {
            throw new BucketUnavailableException($"{subject} ended after {_read} of {length} bytes") { Fault = BucketFault.Reset };
        }

        _read += count;
        return count;
    }
}
