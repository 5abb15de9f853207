using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace ReleaseServer.Transport;

/// <summary>The output of a connection: gathers what is written between two flushes, and sends that and what was lent in the flush itself.</summary>
/// <remarks>
/// As any <see cref="PipeWriter"/>, not safe for concurrent use; only <see cref="PendingFlush"/> and <see cref="CancelPendingFlush"/> are.
/// A flush that is given up leaves half a body behind, so that always aborts the connection.
/// </remarks>
internal sealed class LendingWriter(LendingConnection connection, MemoryPool<byte> pool) : PipeWriter, ILendingFeature
{
    /// <summary>A block of Kestrel's pool: a head fits in nearly always.</summary>
    private const int LeastBlock = 4096;

    /// <summary>Handed out for a loan: the bytes are elsewhere, and nothing is written here.</summary>
    private static readonly byte[] Unwritable = new byte[1];

    private readonly List<ReadOnlyMemory<byte>> _parts = [];
    private readonly List<IMemoryOwner<byte>> _owners = [];
    private IMemoryOwner<byte>? _spare;
    private Memory<byte> _block;
    private int _used;
    private long _written;
    private int _sentParts;
    private int _sentOfPart;

    private LoanState _loan;
    private ReadOnlyMemory<byte> _lentMemory;
    private SafeFileHandle? _lentFile;
    private long _lentOffset;
    private int _lentCount;

    private bool _isCompleted;
    private int _flushes;
    private volatile int _pendingFlush;
    private volatile bool _isCanceled;

    private enum LoanState
    {
        None,
        Offered,
        TakenUp,
        Advanced,
    }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _written + (_loan == LoanState.Advanced ? _lentCount : 0);

    /// <summary>A number of its own for each flush that waits for the client; 0 while none does.</summary>
    public int PendingFlush => _pendingFlush;

    public void LendMemory(ReadOnlyMemory<byte> content)
    {
        ArgumentOutOfRangeException.ThrowIfZero(content.Length, nameof(content));
        Offer(content.Length);
        _lentMemory = content;
    }

    public void LendFile(SafeFileHandle file, long offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (!file.IsAsync)
        {
            throw new ArgumentException("must be opened with FileOptions.Asynchronous", nameof(file));
        }

        Offer(count);
        (_lentFile, _lentOffset) = (file, offset);
    }

    public bool TryWithdraw()
    {
        if (_loan != LoanState.Offered)
        {
            return false;
        }

        EndLoan();
        return true;
    }

    public ValueTask<FlushResult> SendAsync() => FlushAsync(CancellationToken.None);

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_loan != LoanState.None)
        {
            _loan = _loan == LoanState.Offered ? LoanState.TakenUp : throw new InvalidOperationException("A loan is sent before more is written");
            return Unwritable;
        }

        if (_block.Length - _used < Math.Max(sizeHint, 1))
        {
            StartBlock(sizeHint);
        }

        return _block[_used..];
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (_loan == LoanState.TakenUp)
        {
            _loan = bytes == _lentCount ? LoanState.Advanced : throw new InvalidOperationException($"{_lentCount} bytes are lent, not {bytes}");
            return;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)(_block.Length - _used), nameof(bytes));
        _used += bytes;
        _written += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        if (_isCompleted || connection.IsClosed)
        {
            Release();
        }

        if (UnflushedBytes == 0)
        {
            return new ValueTask<FlushResult>(Result());
        }

        connection.WatchUse();
        EndBlock();
        if (_loan == LoanState.Advanced && _lentFile is null)
        {
            _parts.Add(_lentMemory);
        }

        return TrySend() ? new ValueTask<FlushResult>(End()) : WaitAsync(cancellationToken);
    }

    public override void CancelPendingFlush()
    {
        _isCanceled = true;
        if (_pendingFlush != 0)
        {
            connection.Abort();
        }
    }

    /// <summary>What was not flushed is given up: Kestrel flushes all that it wants sent.</summary>
    public override void Complete(Exception? exception = null)
    {
        _isCompleted = true;
        if (_pendingFlush == 0)
        {
            Release();
        }

        ReturnSpare();
    }

    private void Offer(int count)
    {
        if (_loan is not (LoanState.None or LoanState.Offered))
        {
            throw new InvalidOperationException("One loan a flush");
        }

        EndLoan();
        (_loan, _lentCount) = (LoanState.Offered, count);
    }

    private void StartBlock(int sizeHint)
    {
        EndBlock();
        var length = Math.Max(sizeHint, LeastBlock);
        var owner = length > pool.MaxBufferSize ? MemoryPool<byte>.Shared.Rent(length) : Interlocked.Exchange(ref _spare, null) ?? pool.Rent(length);
        _owners.Add(owner);
        (_block, _used) = (owner.Memory, 0);
    }

    private void EndBlock()
    {
        if (_used > 0)
        {
            _parts.Add(_block[.._used]);
        }

        (_block, _used) = (default, 0);
    }

    // True when there is nothing left to do: all is sent, or the connection is aborted.
    private bool TrySend()
    {
        connection.CanWrite.Clear();
        try
        {
            while (_sentParts < _parts.Count || (_loan == LoanState.Advanced && _lentFile is not null && _lentCount > 0))
            {
                if ((_sentParts < _parts.Count ? SendPart() : SendFile()) is null)
                {
                    return false;
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            connection.Abort();
        }

        return true;
    }

    private int? SendPart()
    {
        var part = _parts[_sentParts].Span[_sentOfPart..];
        var isLast = _sentParts == _parts.Count - 1;
        var sent = NativeSocket.Send(connection.Socket, part, more: !isLast || _lentFile is not null);
        _sentOfPart += sent ?? 0;
        if (sent == part.Length)
        {
            (_sentParts, _sentOfPart) = (_sentParts + 1, 0);
        }

        return sent;
    }

    private int? SendFile()
    {
        var sent = NativeSocket.SendFile(connection.Socket, _lentFile!, _lentOffset, _lentCount);
        if (sent == 0)
        {
            // The file is shorter than was promised.
            throw new SocketException((int)SocketError.MessageSize);
        }

        (_lentOffset, _lentCount) = (_lentOffset + (sent ?? 0), _lentCount - (sent ?? 0));
        return sent;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> WaitAsync(CancellationToken cancellationToken)
    {
        _flushes = _flushes == int.MaxValue ? 1 : _flushes + 1;
        _pendingFlush = _flushes;
        connection.WatchReading();
        var registration = cancellationToken.UnsafeRegister(static state => ((LendingConnection)state!).Abort(), connection);
        do
        {
            await connection.CanWrite.WaitAsync();
        }
        while (!TrySend());

        registration.Unregister();
        _pendingFlush = 0;
        var result = End();
        cancellationToken.ThrowIfCancellationRequested();
        return result;
    }

    private FlushResult End()
    {
        Release();
        return Result();
    }

    private FlushResult Result()
    {
        var wasCanceled = _isCanceled;
        _isCanceled = false;
        return new FlushResult(wasCanceled, _isCompleted || connection.IsClosed);
    }

    /// <summary>Gives back what is kept for the next answer. May come from anywhere.</summary>
    public void ReturnSpare() => Interlocked.Exchange(ref _spare, null)?.Dispose();

    private void Release()
    {
        foreach (var owner in _owners)
        {
            if (_isCompleted || !connection.IsBusy || owner.Memory.Length != LeastBlock)
            {
                owner.Dispose();
            }
            else
            {
                Interlocked.Exchange(ref _spare, owner)?.Dispose();
            }
        }

        _owners.Clear();
        _parts.Clear();
        (_block, _used, _written) = (default, 0, 0);
        (_sentParts, _sentOfPart) = (0, 0);
        EndLoan();
    }

    private void EndLoan() => (_loan, _lentMemory, _lentFile, _lentOffset, _lentCount) = (LoanState.None, default, null, 0, 0);
}
