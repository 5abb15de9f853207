using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using ReleaseServer.Transport;

namespace ReleaseServer.Tests.Transport;

/// <summary>The input of a connection, without Kestrel.</summary>
public sealed class LendingReaderTests : IAsyncLifetime
{
    private readonly CountingPool _pool = new();
    private LendingPair _pair = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private PipeReader Reader => _pair.Connection.Transport.Input;

    public async ValueTask InitializeAsync() => _pair = await LendingPair.ConnectAsync(_pool, Token);

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

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
        await _pair.Client.SendAsync("abc"u8.ToArray(), Token);
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

        await _pair.Client.SendAsync("x"u8.ToArray(), Token);
        var read = await Reader.ReadAsync(Token);
        Assert.False(read.IsCanceled);
        Assert.Equal("x"u8, read.Buffer.ToArray());
    }

    [Fact]
    public async Task Filter_ChangesBytes_ReaderSeesThemChanged()
    {
        _pair.Connection.Features.Get<IReceivingFeature>()!.Use(static (in ReadOnlySequence<byte> unread) =>
            System.Runtime.InteropServices.MemoryMarshal.AsMemory(unread.First).Span.Fill((byte)'y'));
        await _pair.Client.SendAsync("xx"u8.ToArray(), Token);

        Assert.Equal("yy"u8.ToArray(), (await Reader.ReadAsync(Token)).Buffer.ToArray());
    }

    [Fact]
    public async Task Abort_WhileWaiting_ReadFails()
    {
        var waiting = Reader.ReadAsync(Token).AsTask();

        _pair.Connection.Abort(new ConnectionAbortedException("enough"));

        Assert.Equal("enough", (await Assert.ThrowsAnyAsync<Exception>(() => waiting)).Message);
    }

    [Fact]
    public async Task Client_Resets_ReadFailsAndConnectionCountsAsClosed()
    {
        var closed = new TaskCompletionSource();
        _pair.Connection.ConnectionClosed.Register(closed.SetResult);
        var waiting = Reader.ReadAsync(Token).AsTask();

        _pair.Client.Close(timeout: 0);

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
        _pair.Connection.Features.Set<IConnectionHeartbeatFeature>(heartbeat);
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
        await _pair.Client.SendAsync("ask"u8.ToArray(), Token);
        Reader.AdvanceTo((await Reader.ReadAsync(Token)).Buffer.End);
        await _pair.Connection.Transport.Output.WriteAsync("answer"u8.ToArray(), Token);
    }

    private async Task SendAsync(byte[] content)
    {
        for (var sent = 0; sent < content.Length;)
        {
            sent += await _pair.Client.SendAsync(content.AsMemory(sent), Token);
        }
    }

    private sealed class Heartbeat : IConnectionHeartbeatFeature
    {
        private Action? _action;

        public void OnHeartbeat(Action<object> action, object state) => _action = () => action(state);

        public void Beat() => _action!();
    }
}
