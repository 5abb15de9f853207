using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using ReleaseServer.Transport;

namespace ReleaseServer.Tests.Transport;

/// <summary>The input of a connection, without Kestrel.</summary>
public sealed class LendingReaderTests : IAsyncLifetime
{
    private readonly Socket _client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CountingPool _pool = new();
    private readonly EventLoops _loops = new();
    private LendingListener? _listener;
    private ConnectionContext? _connection;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private PipeReader Reader => _connection!.Transport.Input;

    public async ValueTask InitializeAsync()
    {
        _listener = LendingListener.Bind(
            new LendingEndPoint(IPAddress.Loopback, 0),
            _pool,
            _loops,
            new LendingSettings(new ReadingPace(0, TimeSpan.Zero), Inline: true, TimeProvider.System));
        var accepting = _listener.AcceptAsync(Token);
        await _client.ConnectAsync(_listener.EndPoint, Token);
        _connection = await accepting;
    }

    public async ValueTask DisposeAsync()
    {
        await _connection!.DisposeAsync();
        await _listener!.DisposeAsync();
        _loops.Dispose();
        _client.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(100_000)]
    public async Task Read_NothingConsumedUntilAllIsThere_AllInOrder(int length)
    {
        var content = Content(length);
        var sending = SendAsync(content);

        ReadResult read;
        while ((read = await Reader.ReadAsync(Token)).Buffer.Length < length)
        {
            Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }

        Assert.Equal(content, read.Buffer.ToArray());
        await sending;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(777)]
    [InlineData(5000)]
    public async Task Read_ConsumedInParts_AllInOrder(int part)
    {
        var content = Content(60_000);
        var sending = SendAsync(content);
        var taken = new ArrayBufferWriter<byte>();

        while (taken.WrittenCount < content.Length)
        {
            var buffer = (await Reader.ReadAsync(Token)).Buffer;
            var consumed = buffer.Slice(0, Math.Min(part, buffer.Length));
            taken.Write(consumed.ToArray());
            Reader.AdvanceTo(consumed.End);
        }

        Assert.Equal(content, taken.WrittenSpan.ToArray());
        await sending;
    }

    [Fact]
    public async Task Read_NotAllExamined_ReadyAtOnceWithTheSame()
    {
        await _client.SendAsync("abc"u8.ToArray(), Token);
        var read = await Reader.ReadAsync(Token);
        Reader.AdvanceTo(read.Buffer.GetPosition(1), read.Buffer.GetPosition(2));

        var again = Reader.ReadAsync(Token);

        Assert.True(again.IsCompleted);
        Assert.Equal("bc"u8.ToArray(), (await again).Buffer.ToArray());
    }

    [Fact]
    public async Task CancelPendingRead_WhileWaitingAndBefore_OneCanceledResultEach()
    {
        var waiting = Reader.ReadAsync(Token);
        Assert.False(waiting.IsCompleted);
        Reader.CancelPendingRead();
        Assert.True((await waiting).IsCanceled);

        Reader.CancelPendingRead();
        Assert.True((await Reader.ReadAsync(Token)).IsCanceled);

        await _client.SendAsync("x"u8.ToArray(), Token);
        var read = await Reader.ReadAsync(Token);
        Assert.False(read.IsCanceled);
        Assert.Equal("x"u8, read.Buffer.ToArray());
    }

    [Fact]
    public async Task Filter_ChangesBytes_ReaderSeesThemChanged()
    {
        _connection!.Features.Get<IReceivingFeature>()!.Use(static (in ReadOnlySequence<byte> unread) =>
            System.Runtime.InteropServices.MemoryMarshal.AsMemory(unread.First).Span.Fill((byte)'y'));
        await _client.SendAsync("xx"u8.ToArray(), Token);

        Assert.Equal("yy"u8.ToArray(), (await Reader.ReadAsync(Token)).Buffer.ToArray());
    }

    [Fact]
    public async Task Abort_WhileWaiting_ReadFails()
    {
        var waiting = Reader.ReadAsync(Token).AsTask();

        _connection!.Abort(new ConnectionAbortedException("enough"));

        Assert.Equal("enough", (await Assert.ThrowsAnyAsync<Exception>(() => waiting)).Message);
    }

    [Fact]
    public async Task Client_Resets_ReadFailsAndConnectionCountsAsClosed()
    {
        var closed = new TaskCompletionSource();
        _connection!.ConnectionClosed.Register(closed.SetResult);
        var waiting = Reader.ReadAsync(Token).AsTask();

        _client.Close(timeout: 0);

        await Assert.ThrowsAsync<ConnectionResetException>(() => waiting);
        await closed.Task.WaitAsync(Token);
    }

    [Fact]
    public async Task Asked_Once_NoBufferIsKept()
    {
        await AskAsync();

        await _pool.AllReturnedAsync(Token);
    }

    [Fact]
    public async Task Asked_OftenAndThenNot_BuffersAreKeptUntilTheNextHeartbeatButOne()
    {
        var heartbeat = new Heartbeat();
        _connection!.Features.Set<IConnectionHeartbeatFeature>(heartbeat);
        for (var i = 0; i < 10; i++)
        {
            await AskAsync();
        }

        var rented = _pool.Rented;
        await AskAsync();
        Assert.Equal(rented, _pool.Rented);
        var returned = _pool.AllReturnedAsync(Token);
        heartbeat.Beat();
        Assert.False(returned.IsCompleted);

        heartbeat.Beat();

        await returned;
    }

    private static byte[] Content(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        return content;
    }

    private async Task AskAsync()
    {
        await _client.SendAsync("ask"u8.ToArray(), Token);
        Reader.AdvanceTo((await Reader.ReadAsync(Token)).Buffer.End);
        await _connection!.Transport.Output.WriteAsync("answer"u8.ToArray(), Token);
    }

    private async Task SendAsync(byte[] content)
    {
        for (var sent = 0; sent < content.Length;)
        {
            sent += await _client.SendAsync(content.AsMemory(sent), Token);
        }
    }

    private sealed class Heartbeat : IConnectionHeartbeatFeature
    {
        private Action? _action;

        public void OnHeartbeat(Action<object> action, object state) => _action = () => action(state);

        public void Beat() => _action!();
    }
}
