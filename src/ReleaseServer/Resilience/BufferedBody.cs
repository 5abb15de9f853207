using System.Buffers;
using ReleaseServer.Buckets;

namespace ReleaseServer.Resilience;

/// <summary>A short body of which as much as came in time is in memory; the rest follows as it comes.</summary>
/// <param name="opened">Disposed as soon as all of it is here, else with this stream.</param>
/// <param name="length">Bytes of the body.</param>
/// <param name="onDisposed">Called once.</param>
internal sealed class BufferedBody(Representation opened, int length, Action onDisposed) : ForwardStream
{
    private readonly CancellationTokenSource _disposing = new();
    private byte[]? _buffer = ArrayPool<byte>.Shared.Rent(length);
    private Task<int>? _reading;
    private int _filled;
    private int _taken;

    public override long Length => length;

    /// <summary>What is here.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _filled);

    /// <summary>Reads the body to its end, before anybody else does.</summary>
    /// <param name="patience">After which it is left at what came so far.</param>
    /// <returns>Whether all of it is here.</returns>
    /// <exception cref="BucketUnavailableException">It broke off.</exception>
    public async ValueTask<bool> TryFillAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (_filled < length)
        {
            _reading = opened.Body.ReadAsync(_buffer.AsMemory(_filled, length - _filled), _disposing.Token).AsTask();
            if (!_reading.IsCompleted && patience - time.GetElapsedTime(began) is var left && left > TimeSpan.Zero)
            {
                await ((Task)_reading).WaitAsync(left, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (!_reading.IsCompleted)
            {
                return false;
            }

            var count = await _reading;
            _reading = null;
            _filled += count > 0 ? count : throw new BucketUnavailableException($"A body ended after {_filled} of {length} bytes") { Fault = BucketFault.Reset };
        }

        await opened.DisposeAsync();
        return true;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_taken == _filled && _reading is not null)
        {
            var count = await _reading.WaitAsync(cancellationToken);
            _reading = null;
            _filled += count;
        }

        if (_taken == _filled)
        {
            return _filled < length ? await ReadOnAsync(buffer, cancellationToken) : 0;
        }

        var taken = Math.Min(buffer.Length, _filled - _taken);
        _buffer.AsSpan(_taken, taken).CopyTo(buffer.Span);
        _taken += taken;
        return taken;
    }

    public override async ValueTask DisposeAsync()
    {
        Release();
        await opened.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Release();
            opened.Body.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Release()
    {
        if (_buffer is not { } buffer)
        {
            return;
        }

        _buffer = null;
        _disposing.Cancel();
        _disposing.Dispose();
        if (_reading is null)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        else
        {
            // It writes into the buffer for as long as it is under way; what it ends with is nobody's concern.
            _reading.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }

        onDisposed();
    }

    // Past what is held, into the reader's own buffer.
    private async ValueTask<int> ReadOnAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = await opened.Body.ReadAsync(buffer, cancellationToken);
        (_filled, _taken) = (_filled + count, _taken + count);
        return count;
    }
}
