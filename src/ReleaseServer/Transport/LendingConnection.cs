using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace ReleaseServer.Transport;

/// <summary>One TCP connection: a loop that receives into a pipe, and a writer that sends from where the bytes are.</summary>
/// <remarks>
/// It ends as connections of Kestrel's own transport do: by FIN when it was served to its end, by RST when it is aborted. A client that
/// closes its sending side counts as gone, as it does there and with nginx.
/// </remarks>
internal sealed class LendingConnection
    : ConnectionContext, IDuplexPipe, IMemoryPoolFeature, IConnectionSocketFeature, IConnectionLifetimeFeature, IThreadPoolWorkItem
{
    /// <summary>Least room for one receive, half a block of the pool: a request's head fits in nearly always.</summary>
    private const int LeastReceived = 2048;

    /// <summary>Bytes received that may wait for Kestrel, which sets limits of its own to what it buffers.</summary>
    private const int MostReceived = 1024 * 1024;

    private static long _lastId = TimeProvider.System.GetUtcNow().Ticks;

    private readonly Lock _closing = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly TaskCompletionSource _toldClosed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Pipe _received;
    private readonly LendingWriter _writer;
    private readonly ReadingPace _pace;
    private readonly TimeProvider _clock;
    private ReadingWatch? _watch;
    private Task _receiving = Task.CompletedTask;
    private string? _id;
    private IDictionary<object, object?>? _items;
    private Exception? _abortReason;
    private volatile bool _isClosed;

    /// <param name="socket">The connection disposes it.</param>
    public LendingConnection(Socket socket, MemoryPool<byte> pool, SocketSendPool sends, ReadingPace pace, TimeProvider clock)
    {
        (Socket, MemoryPool, _pace, _clock) = (socket, pool, pace, clock);
        (LocalEndPoint, RemoteEndPoint) = (socket.LocalEndPoint, socket.RemoteEndPoint);
        ConnectionClosed = _closed.Token;

        // Requests run on the thread that received them: handing over to another costs more than most answers do.
        _received = new Pipe(new PipeOptions(
            pool, PipeScheduler.Inline, PipeScheduler.Inline, MostReceived, MostReceived / 2, useSynchronizationContext: false));
        _writer = new LendingWriter(this, pool, sends);
        Transport = this;

        var features = new FeatureCollection(initialCapacity: 10);
        features.Set<ILendingFeature>(_writer);
        features.Set<IMemoryPoolFeature>(this);
        features.Set<IConnectionSocketFeature>(this);
        features.Set<IConnectionLifetimeFeature>(this);
        Features = features;
    }

    public Socket Socket { get; }

    public MemoryPool<byte> MemoryPool { get; }

    public bool IsClosed => _isClosed;

    public override string ConnectionId
    {
        get => _id ??= Interlocked.Increment(ref _lastId).ToString("X16");
        set => _id = value;
    }

    public override IFeatureCollection Features { get; }

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    public override IDuplexPipe Transport { get; set; }

    PipeReader IDuplexPipe.Input => _received.Reader;

    PipeWriter IDuplexPipe.Output => _writer;

    public void Start() => _receiving = ReceiveAsync();

    public override void Abort(ConnectionAbortedException abortReason) => Close(abortReason);

    public override void Abort() => Abort(new ConnectionAbortedException());

    /// <summary>Called when Kestrel is done with the connection.</summary>
    public override async ValueTask DisposeAsync()
    {
        Close(abortReason: null);
        await _received.Reader.CompleteAsync();
        await _writer.CompleteAsync();
        await _receiving;
        await _toldClosed.Task;
        _closed.Dispose();
        await base.DisposeAsync();
    }

    /// <summary>Has the pace of the client looked at from now on, whenever a flush waits for it.</summary>
    public void WatchReading()
    {
        if (_watch is null && _pace.BytesPerSecond > 0 && Features.Get<IConnectionHeartbeatFeature>() is { } heartbeat)
        {
            _watch = new ReadingWatch(_pace, _clock);
            heartbeat.OnHeartbeat(static state => ((LendingConnection)state).CheckPace(), this);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            _closed.Cancel();
        }
        catch (AggregateException)
        {
            // What went wrong in those who were told is theirs to report.
        }

        _toldClosed.SetResult();
    }

    private void CheckPace()
    {
        try
        {
            if (_watch!.IsTooSlow(_writer.PendingFlush, TcpInfo.Acknowledged(Socket)))
            {
                Close(new ConnectionAbortedException("The client reads too slowly"));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Closed meanwhile.
        }
    }

    private async Task ReceiveAsync()
    {
        Exception? failure = null;
        var input = _received.Writer;
        try
        {
            while (true)
            {
                // Waits for data before it takes a buffer: an idle connection has none.
                await Socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
                var count = await Socket.ReceiveAsync(input.GetMemory(LeastReceived), SocketFlags.None);
                if (count == 0)
                {
                    break;
                }

                input.Advance(count);
                var flushed = await input.FlushAsync();
                if (flushed.IsCompleted || flushed.IsCanceled)
                {
                    break;
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            failure = new ConnectionResetException(exception.Message, exception);
        }
        finally
        {
            await input.CompleteAsync(_abortReason ?? failure);

            // Never from here: whoever is told may wait for this loop.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private void Close(Exception? abortReason)
    {
        lock (_closing)
        {
            if (_isClosed)
            {
                return;
            }

            _abortReason = abortReason;
            _isClosed = true;
        }

        if (abortReason is not null)
        {
            // RST: what was sent so far must not look whole.
            Socket.Close(timeout: 0);
            return;
        }

        try
        {
            Socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The client was faster.
        }

        Socket.Dispose();
    }
}
