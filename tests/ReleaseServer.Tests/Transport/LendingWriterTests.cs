using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using ReleaseServer.Tests.Http;
using ReleaseServer.Transport;

namespace ReleaseServer.Tests.Transport;

/// <summary>The connection without Kestrel.</summary>
public sealed class LendingWriterTests : IAsyncLifetime
{
    private LendingPair _pair = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private PipeWriter Writer => _pair.Connection.Transport.Output;

    private ILendingFeature Lending => _pair.Connection.Features.Get<ILendingFeature>()!;

    public async ValueTask InitializeAsync() => _pair = await LendingPair.ConnectAsync(MemoryPool<byte>.Shared, Token);

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public void Flush_LoanTheSocketTakesAtOnce_NothingAllocated()
    {
        var content = new byte[20_000];
        using var file = new LentContent(20_000);
        var taken = new byte[100_000];

        var forMemory = Allocations.Of(() => Send(() => Lending.LendMemory(content), content.Length, taken));
        var forFile = Allocations.Of(() => Send(() => Lending.LendFile(file.Handle, 0, 20_000), 20_000, taken));

        // The delegates that this test makes, and the shared pool's owner of the head.
        Assert.InRange(forMemory, 0, 300);
        Assert.InRange(forFile, 0, 300);
    }

    [Fact]
    public void Advance_OtherThanLent_Refused()
    {
        Lending.LendMemory(new byte[10]);
        Writer.GetMemory();

        Assert.Throws<InvalidOperationException>(() => Writer.Advance(9));
    }

    [Fact]
    public void GetMemory_AfterALoan_RefusedUntilTheFlush()
    {
        Lending.LendMemory(new byte[10]);
        Writer.GetMemory();
        Writer.Advance(10);

        Assert.Throws<InvalidOperationException>(() => Writer.GetMemory());
        Assert.Equal(10, Writer.UnflushedBytes);
    }

    [Fact]
    public void LendFile_HandleNotAsynchronous_Refused()
    {
        var path = Path.GetTempFileName();
        using (var handle = File.OpenHandle(path))
        {
            Assert.Throws<ArgumentException>(() => Lending.LendFile(handle, 0, 1));
        }

        File.Delete(path);
    }

    [Fact]
    public async Task Flush_ClosedConnection_CompletedAndNothingKept()
    {
        _pair.Connection.Abort();
        Writer.Write("late"u8);
        Lending.LendMemory(new byte[10]);
        Writer.GetMemory();
        Writer.Advance(10);

        Assert.True((await Writer.FlushAsync(Token)).IsCompleted);
        Assert.Equal(0, Writer.UnflushedBytes);
    }

    [Fact]
    public async Task Client_ClosesItsSide_InputEndsAndConnectionCountsAsClosed()
    {
        var closed = new TaskCompletionSource();
        _pair.Connection.ConnectionClosed.Register(closed.SetResult);
        await _pair.Client.SendAsync("ab"u8.ToArray(), Token);

        _pair.Client.Shutdown(SocketShutdown.Send);

        await closed.Task.WaitAsync(Token);
        var read = await _pair.Connection.Transport.Input.ReadAsync(Token);
        Assert.Equal(2, read.Buffer.Length);
        _pair.Connection.Transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        read = await _pair.Connection.Transport.Input.ReadAsync(Token);
        Assert.Equal(2, read.Buffer.Length);
        Assert.True(read.IsCompleted);
    }

    [Fact]
    public async Task Unbind_WhileAccepting_NoMoreConnections()
    {
        var accepting = _pair.Listener.AcceptAsync(Token);

        await _pair.Listener.UnbindAsync(Token);

        Assert.Null(await accepting);
    }

    private void Send(Action lend, int count, byte[] taken)
    {
        Writer.Write("head"u8);
        lend();
        Writer.GetMemory();
        Writer.Advance(count);
        var flush = Writer.FlushAsync(Token);
        Assert.True(flush.IsCompletedSuccessfully && !flush.Result.IsCompleted);
        for (var left = count + 4; left > 0;)
        {
            left -= _pair.Client.Receive(taken);
        }
    }
}
