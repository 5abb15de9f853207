using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;

namespace ReleaseServer.Transport;

/// <summary>The input of a connection: receives when it is asked for bytes, on the thread of the socket's event.</summary>
/// <remarks>
/// As any <see cref="PipeReader"/>, for one reader at a time; only <see cref="CancelPendingRead"/> may come from elsewhere. While it has
/// no bytes it keeps one block, and that only on a busy connection. Nobody reads ahead: that a client has left is told by the event, <see cref="LendingConnection.Tell"/>.
/// </remarks>
internal sealed class LendingReader(LendingConnection connection, MemoryPool<byte> pool) : PipeReader, IReceivingFeature
{
    /// <summary>Least room for one receive, half a block of the pool: a request's head fits in nearly always.</summary>
    private const int LeastReceived = 2048;

    private ReceivedBlock? _spare;
    private ReceivedBlock? _first;
    private ReceivedBlock? _last;
    private int _start;
    private bool _wantsMore = true;
    private bool _mayHaveMore;
    private bool _isEnded;
    private Exception? _failure;
    private volatile bool _isCanceled;
    private ReceivedFilter? _filter;

    public void Use(ReceivedFilter filter) => _filter = filter;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        return IsReady() || (_mayHaveMore && TryReceive()) ? new ValueTask<ReadResult>(Result()) : WaitAsync(cancellationToken);
    }

    public override bool TryRead(out ReadResult result)
    {
        if (IsReady() || (_mayHaveMore && TryReceive()))
        {
            result = Result();
            return true;
        }

        result = default;
        return false;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_first is null)
        {
            // An end without bytes.
            return;
        }

        _wantsMore = At(examined) == _last!.RunningIndex + _last.Length;
        var block = (ReceivedBlock)consumed.GetObject()!;
        while (_first != block)
        {
            ReturnFirst();
        }

        _start = consumed.GetInteger();
        if (At(consumed) == _last.RunningIndex + _last.Length)
        {
            Clear();
        }
    }

    public override void CancelPendingRead()
    {
        _isCanceled = true;

        // Never from here: Kestrel calls this while it looks at all connections, and whoever goes on within that would end it with an exception.
        ThreadPool.UnsafeQueueUserWorkItem(static connection => connection.CanRead.Tell(), connection, preferLocal: false);
    }

    public override void Complete(Exception? exception = null)
    {
        Clear();
        (_wantsMore, _isEnded) = (true, true);
        ReturnSpare();
    }

    /// <summary>Gives back what is kept for the next request. May come from anywhere.</summary>
    public void ReturnSpare()
    {
        if (Interlocked.Exchange(ref _spare, null) is { } spare)
        {
            spare.Return();
        }
    }

    private static long At(SequencePosition position) => ((ReceivedBlock)position.GetObject()!).RunningIndex + position.GetInteger();

    private bool IsReady() => _isCanceled || !_wantsMore || _isEnded;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> WaitAsync(CancellationToken cancellationToken)
    {
        var registration = cancellationToken.UnsafeRegister(static reader => ((LendingReader)reader!).CancelPendingRead(), this);
        do
        {
            await connection.CanRead.WaitAsync();
        }
        while (!_isCanceled && !TryReceive());

        registration.Unregister();
        if (_isCanceled && cancellationToken.IsCancellationRequested)
        {
            _isCanceled = false;
            cancellationToken.ThrowIfCancellationRequested();
        }

        return Result();
    }

    // False where there is nothing yet, and an event will tell.
    private bool TryReceive()
    {
        connection.CanRead.Clear();
        var room = Room();
        int? count;
        try
        {
            count = NativeSocket.Receive(connection.Socket, room.Span);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            _failure = connection.AbortReason ?? new ConnectionResetException(exception.Message, exception);
            count = 0;
        }

        // What filled the room may have more behind it, and of an end is told only once.
        _mayHaveMore = count == room.Length || (count > 0 && connection.HasEnd);
        _isEnded = count == 0;
        if (count > 0)
        {
            _last!.Advance(count.Value);
            return true;
        }

        if (_first!.Length == 0)
        {
            Clear();
        }

        return _isEnded;
    }

    private Memory<byte> Room()
    {
        if (_last is not null && _last.Room.Length >= LeastReceived)
        {
            return _last.Room;
        }

        var block = Interlocked.Exchange(ref _spare, null) ?? new ReceivedBlock();
        block.Rent(pool);
        _last?.Append(block);
        _first ??= block;
        _last = block;
        return block.Room;
    }

    private void ReturnFirst()
    {
        var block = _first!;
        _first = block.NextBlock;
        _last = _first is null ? null : _last;
        _start = 0;
        block.Empty();
        if (!connection.IsBusy)
        {
            block.Return();
        }

        Interlocked.Exchange(ref _spare, block)?.Return();
    }

    private void Clear()
    {
        while (_first is not null)
        {
            ReturnFirst();
        }
    }

    private ReadResult Result()
    {
        if (_failure is not null)
        {
            throw _failure;
        }

        var wasCanceled = _isCanceled;
        _isCanceled = false;
        var unread = _first is null ? default : new ReadOnlySequence<byte>(_first, _start, _last!, _last!.Length);
        _filter?.Invoke(unread);
        return new ReadResult(unread, wasCanceled, _isEnded);
    }
}
