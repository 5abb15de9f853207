using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using Microsoft.Win32.SafeHandles;

namespace ReleaseServer.Transport;

/// <summary>One send at a time on any socket, without allocating for it; only file regions cost a few objects. Kept by <see cref="SocketSendPool"/>.</summary>
/// <remarks>All bytes are sent, or the result is an error. What comes after a send that had to wait runs where the socket's event is handled.</remarks>
internal sealed class SocketSend : SocketAsyncEventArgs, IValueTaskSource<SocketError>
{
    private readonly List<ArraySegment<byte>> _gathered = [];
    private ManualResetValueTaskSourceCore<SocketError> _done;

    public SocketSend()
        : base(true)
    {
    }

    /// <summary>Sends bytes in memory, in their order, by one system call as long as the socket takes them.</summary>
    public ValueTask<SocketError> SendAsync(Socket socket, ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        if (parts.Length == 1)
        {
            SetBuffer(MemoryMarshal.AsMemory(parts[0]));
            return Start(socket);
        }

        foreach (var part in parts)
        {
            if (!MemoryMarshal.TryGetArray(part, out var segment))
            {
                _gathered.Clear();
                return SendPackets(socket, parts, file: null);
            }

            _gathered.Add(segment);
        }

        BufferList = _gathered;
        return Start(socket);
    }

    /// <summary>Sends what is in memory, then a region of a file, which ends before <paramref name="count"/> bytes only by an error.</summary>
    public ValueTask<SocketError> SendFileAsync(
        Socket socket, ReadOnlySpan<ReadOnlyMemory<byte>> parts, SafeFileHandle file, long offset, int count)
    {
        if (parts.Length > 1)
        {
            return SendPackets(socket, parts, Element(file, offset, count));
        }

        try
        {
            var head = parts.IsEmpty ? default : parts[0];
            head = head[NativeFileSend.SendHead(socket, head.Span)..];
            var sent = head.IsEmpty ? NativeFileSend.SendFile(socket, file, offset, count) : 0;
            return sent == count
                ? new ValueTask<SocketError>(SocketError.Success)
                : SendPackets(socket, head.IsEmpty ? [] : [head], Element(file, offset + sent, count - sent));
        }
        catch (ObjectDisposedException)
        {
            return new ValueTask<SocketError>(SocketError.OperationAborted);
        }
    }

    /// <summary>Lets go of all it was given, after the result of a send was taken.</summary>
    public void Clear()
    {
        if (BufferList is not null)
        {
            BufferList = null;
            _gathered.Clear();
        }
        else if (SendPacketsElements is not null)
        {
            SendPacketsElements = null;
        }
        else
        {
            SetBuffer(default);
        }
    }

    SocketError IValueTaskSource<SocketError>.GetResult(short token) => _done.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<SocketError>.GetStatus(short token) => _done.GetStatus(token);

    void IValueTaskSource<SocketError>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _done.OnCompleted(continuation, state, token, flags);

    protected override void OnCompleted(SocketAsyncEventArgs e) => _done.SetResult(SocketError);

    [SuppressMessage("Usage", "CA1816", Justification = "The stream is no more than a way to name the handle")]
    private static SendPacketsElement Element(SafeFileHandle file, long offset, int count)
    {
        // Never disposed: the handle is the lender's. It holds nothing else, for it has no buffer.
        var stream = new FileStream(file, FileAccess.Read, bufferSize: 0, isAsync: true);
        GC.SuppressFinalize(stream);
        return new SendPacketsElement(stream, offset, count);
    }

    private ValueTask<SocketError> SendPackets(Socket socket, ReadOnlySpan<ReadOnlyMemory<byte>> parts, SendPacketsElement? file)
    {
        var elements = new SendPacketsElement[parts.Length + (file is null ? 0 : 1)];
        for (var i = 0; i < parts.Length; i++)
        {
            elements[i] = new SendPacketsElement(parts[i]);
        }

        if (file is not null)
        {
            elements[^1] = file;
        }

        SendPacketsElements = elements;
        return Start(socket);
    }

    private ValueTask<SocketError> Start(Socket socket)
    {
        _done.Reset();
        try
        {
            var isPending = SendPacketsElements is null ? socket.SendAsync(this) : socket.SendPacketsAsync(this);
            return isPending ? new ValueTask<SocketError>(this, _done.Version) : new ValueTask<SocketError>(SocketError);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or NotSupportedException)
        {
            // Closed by us, or, which SendPacketsAsync calls "not supported", by the client.
            return new ValueTask<SocketError>(SocketError.OperationAborted);
        }
    }
}
