using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ReleaseServer.Testing.Http;

/// <summary>One connection of HTTP/1.x that sends the bytes it is given and reads responses by the letter. Not safe for concurrent use.</summary>
/// <remarks>Every wait ends after <see cref="Patience"/>, so that a test which goes wrong ends within seconds.</remarks>
internal sealed class RawClient : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly CancellationTokenSource _patience;
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    private RawClient(Socket socket, CancellationTokenSource patience)
    {
        (_socket, _patience) = (socket, patience);
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    /// <param name="receiveBuffer">Bytes that the system may hold for this client, for slow readers; null for its own choice.</param>
    public static async Task<RawClient> ConnectAsync(
        IPAddress address, int port, CancellationToken cancellationToken, int? receiveBuffer = null)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        if (receiveBuffer is { } bytes)
        {
            socket.ReceiveBufferSize = bytes;
        }

        await socket.ConnectAsync(new IPEndPoint(address, port), patience.Token);
        return new RawClient(socket, patience);
    }

    /// <summary>Sends text, each character as the byte of its number (Latin-1).</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        _patience.CancelAfter(Patience);
        await _stream.WriteAsync(bytes, _patience.Token);
    }

    /// <summary>Leaves at once, as a client does whose process was killed: the server gets a reset.</summary>
    public void Leave()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    /// <summary>Reads one final response; interim ones (1xx) are read and passed over.</summary>
    /// <param name="method">Of the request, which decides whether a body follows.</param>
    /// <exception cref="FramingException">What came is no whole response.</exception>
    public async Task<RawResponse> ReadResponseAsync(string method)
    {
        while (true)
        {
            var head = await ReadHeadAsync();
            if (head.Status >= 200)
            {
                return await WithBodyAsync(head, method);
            }
        }
    }

    /// <summary>Reads a response's head, leaving the body where it is.</summary>
    public async Task<RawResponse> ReadHeadAsync()
    {
        var line = await ReadLineAsync();
        var parts = line.Split(' ', 3);
        if (parts.Length != 3 || parts[0] is not ("HTTP/1.1" or "HTTP/1.0") || parts[1].Length != 3 || !int.TryParse(parts[1], out var status))
        {
            throw new FramingException($"'{line}' is no status line");
        }

        var fields = new List<KeyValuePair<string, string>>();
        for (line = await ReadLineAsync(); line.Length > 0; line = await ReadLineAsync())
        {
            fields.Add(ReadField(line));
        }

        return new RawResponse(parts[0], status, parts[2], fields, [], BodyFraming.None);
    }

    /// <summary>Reads up to a number of bytes of what follows; none when the server has closed.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadSomeAsync(int atMost)
    {
        if (_start == _end && !await FillAsync())
        {
            return default;
        }

        var taken = Math.Min(atMost, _end - _start);
        _start += taken;
        return _buffer.AsMemory(_start - taken, taken);
    }

    /// <summary>Whether the server closes in good order without sending anything more.</summary>
    public async Task<bool> IsClosedAsync() => _start == _end && !await FillAsync();

    /// <summary>Reads all that comes until the connection ends, and says whether it ended in good order rather than by a reset.</summary>
    public async Task<(byte[] Bytes, bool InOrder)> ReadToEndAsync()
    {
        using var all = new MemoryStream();
        try
        {
            do
            {
                all.Write(_buffer, _start, _end - _start);
                _start = _end;
            }
            while (await FillAsync());
            return (all.ToArray(), true);
        }
        // Nothing at all is no end.
        catch (FramingException exception) when (exception.InnerException is not OperationCanceledException)
        {
            return (all.ToArray(), false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _socket.Dispose();
        _patience.Dispose();
    }

    private static KeyValuePair<string, string> ReadField(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? line : line[..colon];
        var value = colon < 0 ? "" : line[(colon + 1)..].Trim(' ', '\t');
        if (colon < 1 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal)))
        {
            throw new FramingException($"'{line}' is no field line");
        }

        return value.Length > 0 && value.All(c => c is >= ' ' and <= '~' or '\t')
            ? new(name, value)
            : throw new FramingException($"the value in '{line}' is empty, or not ASCII");
    }

    // RFC 9112 §6.3, in its order.
    private async Task<RawResponse> WithBodyAsync(RawResponse head, string method)
    {
        var length = head["Content-Length"];
        var coding = head["Transfer-Encoding"];
        if (length is not null && coding is not null)
        {
            throw new FramingException("both Content-Length and Transfer-Encoding are sent");
        }

        if (head.Status is 204 && (length ?? coding) is not null)
        {
            throw new FramingException("a 204 announces a body (RFC 9110 §8.6)");
        }

        if (method == "HEAD" || head.Status is 204 or 304)
        {
            return head;
        }

        if (coding is not null)
        {
            return coding == "chunked"
                ? head with { Body = await ReadChunksAsync(), Framing = BodyFraming.Chunked }
                : throw new FramingException($"unknown transfer coding {coding}");
        }

        if (length is not null)
        {
            return length.All(char.IsAsciiDigit)
                ? head with { Body = await ReadExactlyAsync(int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)), Framing = BodyFraming.Length }
                : throw new FramingException($"'{length}' is no length");
        }

        var (body, inOrder) = await ReadToEndAsync();
        return inOrder ? head with { Body = body, Framing = BodyFraming.Close } : throw new FramingException("reset within a body that ends with the connection");
    }

    private async Task<byte[]> ReadChunksAsync()
    {
        using var body = new MemoryStream();
        while (true)
        {
            var line = await ReadLineAsync();
            if (line.Length == 0 || !line.All(char.IsAsciiHexDigit))
            {
                throw new FramingException($"'{line}' is no chunk size");
            }

            var size = Convert.ToInt32(line, 16);
            body.Write(await ReadExactlyAsync(size));
            if (await ReadLineAsync() is { Length: > 0 } rest)
            {
                throw new FramingException($"'{rest}' follows a chunk");
            }

            if (size == 0)
            {
                return body.ToArray();
            }
        }
    }

    private async Task<byte[]> ReadExactlyAsync(int length)
    {
        var bytes = new byte[length];
        for (var at = 0; at < length;)
        {
            if (_start == _end && !await FillAsync())
            {
                throw new FramingException($"the body ended after {at} of {length} bytes");
            }

            var count = Math.Min(length - at, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(bytes.AsSpan(at));
            _start += count;
            at += count;
        }

        return bytes;
    }

    private async Task<string> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_start == _end && !await FillAsync())
            {
                throw new FramingException($"the connection ended after '{line}'");
            }

            var c = (char)_buffer[_start++];
            if (c == '\n')
            {
                return line.Length > 0 && line[^1] == '\r' ? line.ToString(0, line.Length - 1) : throw new FramingException($"'{line}' ends in a bare LF");
            }

            line.Append(c);
        }
    }

    private async ValueTask<bool> FillAsync()
    {
        try
        {
            _start = 0;
            _end = 0;
            _patience.CancelAfter(Patience);
            _end = await _stream.ReadAsync(_buffer, _patience.Token);
            return _end > 0;
        }
        catch (IOException exception)
        {
            throw new FramingException("the connection was reset", exception);
        }
        catch (OperationCanceledException exception)
        {
            throw new FramingException($"nothing came for {Patience.TotalSeconds} s", exception);
        }
    }
}
