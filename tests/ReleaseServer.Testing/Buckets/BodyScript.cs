namespace ReleaseServer.Testing.Buckets;

/// <summary>What happens to a body after so many of its bytes. One script may serve several bodies.</summary>
/// <param name="after">Bytes that come through first.</param>
internal sealed class BodyScript(long after)
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long After { get; } = after;

    /// <summary>Thrown there; null for none.</summary>
    public Func<Exception>? Fault { get; init; }

    /// <summary>Whether the body waits there until <see cref="Release"/>.</summary>
    public bool Holds { get; init; }

    /// <summary>Done when a reader has come that far.</summary>
    public Task Reached => _reached.Task.WaitAsync(Http.RawClient.Patience);

    /// <summary>Done when a body was disposed.</summary>
    public Task Disposed => _disposed.Task.WaitAsync(Http.RawClient.Patience);

    public void Release() => _released.TrySetResult();

    public void OnDisposed() => _disposed.TrySetResult();

    /// <summary>Called by a body that has given <see cref="After"/> bytes and is asked for more.</summary>
    public async ValueTask PassAsync(CancellationToken cancellationToken)
    {
        _reached.TrySetResult();
        if (Holds)
        {
            await _released.Task.WaitAsync(cancellationToken);
        }

        if (Fault is not null)
        {
            throw Fault();
        }
    }
}

/// <summary>A body that follows a <see cref="BodyScript"/>.</summary>
internal sealed class ScriptedStream(Stream inner, BodyScript script) : Stream
{
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => inner.Length;

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_read == script.After)
        {
            await script.PassAsync(cancellationToken);
        }

        var wanted = _read < script.After ? (int)Math.Min(buffer.Length, script.After - _read) : buffer.Length;
        var count = await inner.ReadAsync(buffer[..wanted], cancellationToken);
        _read += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Bodies are read asynchronously");

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        script.OnDisposed();
        await base.DisposeAsync();
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
