using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace ReleaseServer.Transport;

/// <summary>One TCP connection: a reader that receives when it is asked, and a writer that sends from where the bytes are.</summary>
/// <remarks>
/// It ends as connections of Kestrel's own transport do: by FIN when it was served to its end, by RST when it is aborted. A client that
/// closes its sending side counts as gone, as it does there and with nginx.
/// </remarks>
internal sealed class LendingConnection
    : ConnectionContext, IDuplexPipe, IMemoryPoolFeature, IConnectionSocketFeature, IConnectionLifetimeFeature, IThreadPoolWorkItem
{
    /// <summary>Answers in about a second from which on blocks are kept for the next one.</summary>
    private const int Busy = 4;

    private static long _lastId = TimeProvider.System.GetUtcNow().Ticks;

    private readonly Lock _closing = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly TaskCompletionSource _toldClosed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LendingReader _reader;
    private readonly LendingWriter _writer;
    private readonly ReadingPace _pace;
    private readonly TimeProvider _clock;
    private ReadingWatch? _watch;
    private IConnectionHeartbeatFeature? _heartbeat;
    private int _uses;
    private int _usesSeen;
    private EventLoop? _loop;
    private int _place;
    private int _isToldClosed;
    private string? _id;
    private IDictionary<object, object?>? _items;
    private volatile bool _hasEnd;
    private volatile bool _isClosed;

    /// <param name="socket">The connection disposes it.</param>
    /// <param name="settings">What all connections of a listener share.</param>
    public LendingConnection(Socket socket, MemoryPool<byte> pool, LendingSettings settings)
    {
        (Socket, MemoryPool, _pace, _clock) = (socket, pool, settings.Pace, settings.Clock);
        (CanRead, CanWrite) = (new Readiness(settings.Inline), new Readiness(settings.Inline));
        (LocalEndPoint, RemoteEndPoint) = (socket.LocalEndPoint, socket.RemoteEndPoint);
        ConnectionClosed = _closed.Token;

        _reader = new LendingReader(this, pool);
        _writer = new LendingWriter(this, pool);
        Transport = this;

        var features = new FeatureCollection(initialCapacity: 10);
        features.Set<ILendingFeature>(_writer);
        features.Set<IReceivingFeature>(_reader);
        features.Set<IMemoryPoolFeature>(this);
        features.Set<IConnectionSocketFeature>(this);
        features.Set<IConnectionLifetimeFeature>(this);
        Features = features;
    }

    public Socket Socket { get; }

    public MemoryPool<byte> MemoryPool { get; }

    /// <summary>Told when the socket has bytes, an end or an error to be read.</summary>
    public Readiness CanRead { get; }

    /// <summary>Told when the socket takes bytes again.</summary>
    public Readiness CanWrite { get; }

    /// <summary>Whether the client has closed its side; bytes may be left to read.</summary>
    public bool HasEnd => _hasEnd;

    /// <summary>Why the server has aborted it; null while it has not.</summary>
    public Exception? AbortReason { get; private set; }

    public bool IsClosed => _isClosed;

    /// <summary>Whether it is worth keeping memory for the next request: thousands of connections that have asked once must have none.</summary>
    public bool IsBusy => _uses - _usesSeen >= Busy;

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

    PipeReader IDuplexPipe.Input => _reader;

    PipeWriter IDuplexPipe.Output => _writer;

    /// <summary>Has the events of the socket told from now on.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The system watches no more sockets.</exception>
    public void Start(EventLoop loop)
    {
        Socket.Blocking = false;
        _place = loop.Add(this);
        _loop = loop;
    }

    /// <summary>Called by the event loop.</summary>
    /// <param name="events">Of <see cref="Epoll"/>.</param>
    public void Tell(uint events)
    {
        var isEnded = (events & Epoll.Ended) != 0;
        _hasEnd |= isEnded;
        if (isEnded || (events & Epoll.Readable) != 0)
        {
            CanRead.Tell();
        }

        if (isEnded || (events & Epoll.Writable) != 0)
        {
            CanWrite.Tell();
        }

        if (isEnded)
        {
            TellClosed();
        }
    }

    public override void Abort(ConnectionAbortedException abortReason) => Close(abortReason);

    public override void Abort() => Abort(new ConnectionAbortedException());

    /// <summary>Called when Kestrel is done with the connection.</summary>
    public override async ValueTask DisposeAsync()
    {
        Close(abortReason: null);
        await _reader.CompleteAsync();
        await _writer.CompleteAsync();
        await _toldClosed.Task;
        _loop?.Remove(_place);
        _closed.Dispose();
        await base.DisposeAsync();
    }

    /// <summary>Says that something is sent.</summary>
    public void WatchUse()
    {
        _uses++;
        if (_heartbeat is null && (_heartbeat = Features.Get<IConnectionHeartbeatFeature>()) is not null)
        {
            _heartbeat.OnHeartbeat(static state => ((LendingConnection)state).LookAround(), this);
        }
    }

    /// <summary>Has the pace of the client looked at from now on, whenever a flush waits for it.</summary>
    public void WatchReading()
    {
        if (_watch is null && _pace.BytesPerSecond > 0)
        {
            _watch = new ReadingWatch(_pace, _clock);
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

    // About once a second.
    private void LookAround()
    {
        if (!IsBusy)
        {
            _reader.ReturnSpare();
            _writer.ReturnSpare();
        }

        _usesSeen = _uses;
        if (_watch is not null)
        {
            CheckPace(_watch);
        }
    }

    private void CheckPace(ReadingWatch watch)
    {
        try
        {
            if (watch.IsTooSlow(_writer.PendingFlush, TcpInfo.Acknowledged(Socket)))
            {
                Close(new ConnectionAbortedException("The client reads too slowly"));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Closed meanwhile.
        }
    }

    // Never from here: whoever is told may wait for what this thread has yet to do.
    private void TellClosed()
    {
        if (Interlocked.Exchange(ref _isToldClosed, 1) == 0)
        {
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

            AbortReason = abortReason;
            _isClosed = true;
        }

        if (abortReason is not null)
        {
            // RST: what was sent so far must not look whole.
            Socket.Close(timeout: 0);
        }
        else
        {
            ShutDown();
        }

        // Who waits for the socket learns it from this alone. Never from here: the caller may hold what they want.
        ThreadPool.UnsafeQueueUserWorkItem(
            static connection =>
            {
                connection.CanRead.Tell();
                connection.CanWrite.Tell();
            },
            this,
            preferLocal: false);
        TellClosed();
    }

    private void ShutDown()
    {
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
