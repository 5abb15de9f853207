using System.Buffers.Binary;

namespace ReleaseServer.Releases;

/// <summary>Reads an .xz file as it streams by, in the memory of its dictionary. For reading what is inside, not for proving it whole: checks are passed over.</summary>
/// <remarks>The .xz File Format, version 1.2.1; numbers of its sections stand beside the code. One filter, LZMA2, as every tarball of releases has.</remarks>
/// <param name="inner">The file; disposed with this.</param>
internal sealed class XzStream(Stream inner) : Stream
{
    /// <summary>That of <c>xz -9</c>; a larger one would take more memory than a small machine has to spare.</summary>
    private const int MaxDictionary = 64 << 20;

    private readonly BufferedStream _input = new(inner, 64 << 10);
    private readonly byte[] _chunk = new byte[1 << 16];
    private readonly byte[] _small = new byte[1024];
    private LzmaDecoder? _decoder;
    private ReadOnlyMemory<byte> _ready;
    private int _checkSize = -1;
    private long _blockBytes;
    private bool _isInBlock;
    private bool _isAtEnd;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="InvalidDataException">It is no such file, or one with another filter or a larger dictionary.</exception>
    /// <exception cref="EndOfStreamException">It is cut off.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_ready.IsEmpty && !_isAtEnd && !buffer.IsEmpty)
        {
            await AdvanceAsync(cancellationToken);
        }

        var count = Math.Min(buffer.Length, _ready.Length);
        _ready[..count].CopyTo(buffer);
        _ready = _ready[count..];
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous reads are decoded");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override async ValueTask DisposeAsync()
    {
        await _input.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _input.Dispose();
        }

        base.Dispose(disposing);
    }

    private Task AdvanceAsync(CancellationToken cancellationToken) =>
        _checkSize < 0 ? ReadStreamHeaderAsync(cancellationToken)
        : _isInBlock ? ReadChunkAsync(cancellationToken)
        : ReadBlockHeaderAsync(cancellationToken);

    // 2.1.1
    private async Task ReadStreamHeaderAsync(CancellationToken cancellationToken)
    {
        var header = await TakeAsync(12, cancellationToken);
        if (!header.AsSpan(0, 7).SequenceEqual((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, 0]))
        {
            throw new InvalidDataException("It does not begin as an .xz file does");
        }

        // 2.1.1.2: four bits, of which each three that follow take twice the room.
        var type = header[7] & 0x0F;
        _checkSize = type == 0 ? 0 : 4 << ((type - 1) / 3);
    }

    // 3.1; an index (4.) in its place ends what there is to read.
    private async Task ReadBlockHeaderAsync(CancellationToken cancellationToken)
    {
        var size = ((await TakeAsync(1, cancellationToken))[0] * 4) + 3;
        if (size == 3)
        {
            _isAtEnd = true;
            return;
        }

        var header = await TakeAsync(size, cancellationToken);
        var next = 1;
        for (var sizes = (header[0] >> 6) & 3; sizes > 0; sizes &= sizes - 1)
        {
            ReadNumber(header, ref next);
        }

        const int Lzma2 = 0x21;
        if ((header[0] & 0x3F) != 0 || ReadNumber(header, ref next) != Lzma2 || ReadNumber(header, ref next) != 1)
        {
            throw new InvalidDataException("It has another filter than LZMA2");
        }

        // 5.3.1
        var bits = header[next];
        var dictionary = bits > 40 ? long.MaxValue : bits == 40 ? uint.MaxValue : (2L | (bits & 1)) << ((bits / 2) + 11);
        if (dictionary > MaxDictionary)
        {
            throw new InvalidDataException($"It has a dictionary of more than {MaxDictionary:N0} bytes");
        }

        _decoder = new LzmaDecoder((int)dictionary);
        (_isInBlock, _blockBytes) = (true, 0);
    }

    private async Task ReadChunkAsync(CancellationToken cancellationToken)
    {
        var control = (await TakeAsync(1, cancellationToken))[0];
        if (control == 0)
        {
            // 3.3 and 3.4: padded to four bytes, and the check.
            await TakeAsync((int)((4 - (_blockBytes % 4)) % 4) + _checkSize, cancellationToken);
            _isInBlock = false;
        }
        else if (control < 0x80)
        {
            await ReadStoredAsync(control, cancellationToken);
        }
        else
        {
            await ReadCompressedAsync(control, cancellationToken);
        }
    }

    private async Task ReadStoredAsync(int control, CancellationToken cancellationToken)
    {
        if (control > 2)
        {
            throw new InvalidDataException("It has a chunk of no known kind");
        }

        if (control == 1)
        {
            _decoder!.ResetDictionary();
        }

        var size = BinaryPrimitives.ReadUInt16BigEndian(await TakeAsync(2, cancellationToken)) + 1;
        await FillAsync(_chunk.AsMemory(0, size), cancellationToken);
        _ready = _decoder!.Copy(_chunk.AsSpan(0, size));
    }

    private async Task ReadCompressedAsync(int control, CancellationToken cancellationToken)
    {
        var sizes = await TakeAsync(4, cancellationToken);
        var size = ((control & 0x1F) << 16) + BinaryPrimitives.ReadUInt16BigEndian(sizes) + 1;
        var packed = BinaryPrimitives.ReadUInt16BigEndian(sizes.AsSpan(2)) + 1;
        var reset = (control >> 5) & 3;
        if (reset == 3)
        {
            _decoder!.ResetDictionary();
        }

        if (reset >= 2)
        {
            _decoder!.SetProperties((await TakeAsync(1, cancellationToken))[0]);
        }
        else if (reset == 1)
        {
            _decoder!.ResetState();
        }

        await FillAsync(_chunk.AsMemory(0, packed), cancellationToken);
        _ready = _decoder!.Decode(_chunk.AsSpan(0, packed), size);
    }

    // 1.2: seven bits a byte, the lowest first.
    private static ulong ReadNumber(byte[] header, ref int next)
    {
        ulong number = 0;
        for (var shift = 0; next < header.Length && shift < 63; shift += 7)
        {
            var part = header[next++];
            number |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return number;
            }
        }

        throw new InvalidDataException("A block's header is broken");
    }

    private async Task<byte[]> TakeAsync(int count, CancellationToken cancellationToken)
    {
        await FillAsync(_small.AsMemory(0, count), cancellationToken);
        return _small[..count];
    }

    private async Task FillAsync(Memory<byte> bytes, CancellationToken cancellationToken)
    {
        await _input.ReadExactlyAsync(bytes, cancellationToken);
        _blockBytes += bytes.Length;
    }
}
