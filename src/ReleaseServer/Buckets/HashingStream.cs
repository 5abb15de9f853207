using System.Buffers;

namespace ReleaseServer.Buckets;

/// <summary>Works out the SHA-256 of what is read through it, and throws at the end where it is not the one expected.</summary>
/// <param name="inner">Read from; stays the caller's.</param>
/// <param name="expected">In hexadecimal; null for none in particular.</param>
/// <param name="subject">What is read, for the message.</param>
internal sealed class HashingStream(Stream inner, string? expected, string subject) : Stream
{
    private readonly DigestCalculator _calculator = new(DigestAlgorithm.Sha256);

    /// <summary>In hexadecimal; null before the end.</summary>
    public string? Sha256 { get; private set; }

    /// <summary>Bytes read so far.</summary>
    public long BytesRead { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => BytesRead;
        set => throw new NotSupportedException();
    }

    /// <summary>The SHA-256 of all that is left of a stream, in hexadecimal.</summary>
    public static async Task<string> HashAsync(Stream content, CancellationToken cancellationToken)
    {
        const int Slice = 256 << 10;
        var buffer = ArrayPool<byte>.Shared.Rent(Slice);
        try
        {
            await using var hashed = new HashingStream(content, expected: null, "");
            while (await hashed.ReadAsync(buffer, cancellationToken) > 0)
            {
            }

            return hashed.Sha256!;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <exception cref="WrongBytesException">The end is reached, and the digest is not the one expected.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        if (read > 0)
        {
            _calculator.Append(buffer.Span[..read]);
            BytesRead += read;
        }
        else if (buffer.Length > 0 && Sha256 is null)
        {
            Sha256 = _calculator.Finish().Hex;
        }

        return read > 0 || expected is null || Sha256 is null || Sha256 == expected
            ? read
            : throw new WrongBytesException($"{subject} has the sha256 {Sha256} and not {expected}");
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous reads are hashed");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _calculator.Dispose();
        }

        base.Dispose(disposing);
    }
}
