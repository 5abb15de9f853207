using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace ReleaseServer.Tests.Transport;

/// <summary>A pool that knows how many of its buffers are out, shared by all listeners of a host. Safe for concurrent use.</summary>
internal sealed class CountingPool : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    private readonly Lock _lock = new();
    private int _out;
    private TaskCompletionSource _allReturned = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override int MaxBufferSize => 4096;

    public int Rented { get; private set; }

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    /// <summary>Ends as soon as every buffer is back.</summary>
    public Task AllReturnedAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _out == 0 ? Task.CompletedTask : _allReturned.Task.WaitAsync(cancellationToken);
        }
    }

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        lock (_lock)
        {
            _out++;
            Rented++;
            return new Buffer(this);
        }
    }

    protected override void Dispose(bool disposing)
    {
        // Shared, and empty.
    }

    private void Return()
    {
        lock (_lock)
        {
            if (--_out == 0)
            {
                _allReturned.SetResult();
                _allReturned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    private sealed class Buffer(CountingPool pool) : IMemoryOwner<byte>
    {
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(4096, pinned: true);
        private int _isReturned;

        public Memory<byte> Memory => _isReturned == 0 ? _bytes : throw new ObjectDisposedException(nameof(Buffer));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReturned, 1) == 0)
            {
                // Whoever still reads it gets what no test expects.
                _bytes.AsSpan().Fill(0xEE);
                pool.Return();
            }
        }
    }
}
