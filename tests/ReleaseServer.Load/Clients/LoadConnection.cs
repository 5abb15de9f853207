using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ReleaseServer.Load.Clients;

/// <summary>One HTTP/1.1 connection that costs little: no header objects, and the body is thrown away as it comes. Connects when first used.</summary>
internal sealed class LoadConnection(IPEndPoint server, int bufferBytes = 64 * 1024) : IDisposable
{
    private readonly byte[] _buffer = new byte[bufferBytes];
    private Socket? _socket;

    private static ReadOnlySpan<byte> EndOfHead => "\r\n\r\n"u8;

    public async ValueTask ConnectAsync(CancellationToken cancellationToken)
    {
        if (_socket is null)
        {
            // Reset at the end: thousands of connections would leave as many waiting (TIME_WAIT), and ports run out.
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) };
            try
            {
                await socket.ConnectAsync(server, cancellationToken);
            }
            catch
            {
                socket.Dispose();
                throw;
            }

            _socket = socket;
        }
    }

    /// <summary>Sends a request and reads its whole answer; a connection that fails is closed, and the next request opens another.</summary>
    /// <returns>Null where the connection failed or the answer was cut short.</returns>
    public async ValueTask<HttpAnswer?> TrySendAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await ConnectAsync(cancellationToken);
            return await SendAsync(request, cancellationToken);
        }
        catch (Exception exception) when (exception is SocketException or InvalidDataException)
        {
            Dispose();
            return null;
        }
        catch (OperationCanceledException)
        {
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private async ValueTask<HttpAnswer> SendAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        await _socket!.SendAsync(request.Bytes, cancellationToken);

        var filled = 0;
        int head;
        while ((head = _buffer.AsSpan(0, filled).IndexOf(EndOfHead)) < 0)
        {
            filled += await ReceiveAsync(_buffer.AsMemory(filled), cancellationToken);
        }

        head += EndOfHead.Length;
        var (status, length) = Read(Encoding.ASCII.GetString(_buffer, 0, head));
        length = request.IsHead || status is 204 or 304 ? 0 : length;
        var body = (long)filled - head;
        var firstByte = TimeProvider.System.GetElapsedTime(started);
        if (length is null)
        {
            body += await ReadChunksAsync(head, filled, cancellationToken);
        }

        var isFirst = body == 0;
        while (body < length)
        {
            body += await ReceiveAsync(_buffer.AsMemory(0, (int)Math.Min(_buffer.Length, length.Value - body)), cancellationToken);
            firstByte = isFirst ? TimeProvider.System.GetElapsedTime(started) : firstByte;
            isFirst = false;
        }

        return new HttpAnswer(status, body, firstByte, TimeProvider.System.GetElapsedTime(started));
    }

    // Pages of errors are short: their end is looked for, not each chunk.
    private async ValueTask<long> ReadChunksAsync(int head, int filled, CancellationToken cancellationToken)
    {
        var start = filled;
        while (!_buffer.AsSpan(head, filled - head).EndsWith("0\r\n\r\n"u8))
        {
            filled += await ReceiveAsync(_buffer.AsMemory(filled), cancellationToken);
        }

        return filled - start;
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        var read = into.IsEmpty ? 0 : await _socket!.ReceiveAsync(into, cancellationToken);
        return read > 0 ? read : throw new InvalidDataException("The answer was cut short");
    }

    /// <returns>A length of null for chunks.</returns>
    private static (int Status, long? Length) Read(string head)
    {
        const string LengthField = "\r\nContent-Length: ";
        var status = int.Parse(head.AsSpan("HTTP/1.1 ".Length, 3), NumberStyles.None, CultureInfo.InvariantCulture);
        var field = head.IndexOf(LengthField, StringComparison.OrdinalIgnoreCase);
        if (field < 0)
        {
            return (status, head.Contains("\r\nTransfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase) ? null : 0);
        }

        var value = head.AsSpan(field + LengthField.Length);
        return (status, long.Parse(value[..value.IndexOf('\r')], NumberStyles.None, CultureInfo.InvariantCulture));
    }
}
