using ReleaseServer.Http;

namespace ReleaseServer.Origin;

/// <summary>
/// Content that an origin sends, to the last byte of the length it announced. Where it breaks off, what is left is asked for: of any origin that
/// has the same version, known by its strong tag.
/// </summary>
internal sealed class OriginBody : Stream
{
    /// <summary>Times that one body may break off. An origin that breaks each of them would else be asked for ever.</summary>
    private const int MostResumes = 5;

    private readonly OriginClient _client;
    private readonly OriginRequest _request;
    private readonly ByteRange? _part;
    private readonly long? _length;
    private readonly EntityTag? _tag;
    private OriginExchange _exchange;
    private Stream? _content;
    private long _read;
    private int _resumes;

    /// <param name="part">Which bytes of the representation these are; null where they cannot be asked for again.</param>
    /// <param name="length">Bytes; null where they come in chunks.</param>
    public OriginBody(OriginClient client, OriginRequest request, OriginExchange exchange, ByteRange? part, long? length, EntityTag? tag) =>
        (_client, _request, _exchange, _part, _length, _tag) = (client, request, exchange, part, length, tag);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _length ?? throw new NotSupportedException();

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    /// <exception cref="OriginUnavailableException">It broke off, and no origin has the rest.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var wanted = _length is { } length ? (int)Math.Min(buffer.Length, length - _read) : buffer.Length;
        if (wanted == 0)
        {
            return 0;
        }

        while (true)
        {
            try
            {
                var count = await ReadContentAsync(buffer[..wanted], cancellationToken);
                if (count > 0 || _length is null)
                {
                    _read += count;
                    if (count == 0 || _read == _length)
                    {
                        // Not before: a head says little of an origin that breaks off each body.
                        _exchange.Server.Health.Succeed();
                    }

                    return count;
                }

                throw Broke("ended", null);
            }
            catch (OriginUnavailableException exception)
            {
                _client.Note(_exchange.Server, exception);
                await ResumeAsync(exception, cancellationToken);
            }
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Bodies are read asynchronously");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _exchange.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadContentAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var stall = new CancellationTokenSource(_client.StallTimeout, _client.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stall.Token);
        try
        {
            _content ??= await _exchange.Response.Content.ReadAsStreamAsync(either.Token);
            return await _content.ReadAsync(buffer, either.Token);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && exception is IOException or HttpRequestException or OperationCanceledException)
        {
            throw Broke(stall.IsCancellationRequested ? "sent nothing more" : "broke off", exception);
        }
    }

    private async Task ResumeAsync(OriginUnavailableException broken, CancellationToken cancellationToken)
    {
        if (_part is not { } part || _tag is not { IsWeak: false } tag || _resumes++ == MostResumes)
        {
            throw broken;
        }

        var rest = part with { First = part.First + _read };
        var last = _exchange.Server;
        _exchange.Dispose();
        _exchange = await _client.ResumeAsync(_request, rest, tag, last, broken, cancellationToken);
        _content = null;
    }

    private OriginUnavailableException Broke(string how, Exception? exception) =>
        new($"{_exchange.Server.Address} {how} after {_read} of {_length?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "unknown"} bytes of {_request.Target}", exception);
}
