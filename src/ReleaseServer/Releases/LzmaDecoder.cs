namespace ReleaseServer.Releases;

/// <summary>Decodes LZMA as the chunks of LZMA2 hold it, into a window that is also its dictionary. Not safe for concurrent use.</summary>
/// <remarks>By the LZMA specification of Igor Pavlov (2015), whose names are kept, and the chunks of LZMA2 as .xz files have them.</remarks>
/// <param name="dictionary">Bytes that a match may reach back.</param>
internal sealed class LzmaDecoder(int dictionary)
{
    /// <summary>Most bytes that one chunk gives.</summary>
    public const int MaxChunk = 1 << 21;

    private const int States = 12;
    private const int PositionStates = 16;
    private const int LiteralStates = 7;
    private const ushort Half = LzmaBits.Half;

    private readonly byte[] _window = new byte[dictionary + MaxChunk];
    private readonly ushort[] _isMatch = new ushort[States * PositionStates];
    private readonly ushort[] _isRep = new ushort[States];
    private readonly ushort[] _isRepG0 = new ushort[States];
    private readonly ushort[] _isRepG1 = new ushort[States];
    private readonly ushort[] _isRepG2 = new ushort[States];
    private readonly ushort[] _isRep0Long = new ushort[States * PositionStates];
    private readonly ushort[] _posSlots = new ushort[4 * 64];
    private readonly ushort[] _posDecoders = new ushort[128];
    private readonly ushort[] _align = new ushort[16];
    private readonly Lengths _lengths = new();
    private readonly Lengths _repLengths = new();
    private ushort[] _literals = [];
    private int _pos;
    private int _filled;
    private uint _processed;
    private int _lc;
    private int _lp;
    private int _pb;
    private int _state;
    private uint _rep0;
    private uint _rep1;
    private uint _rep2;
    private uint _rep3;

    /// <summary>Forgets everything that a match could reach.</summary>
    public void ResetDictionary() => (_pos, _filled, _processed) = (0, 0, 0);

    /// <exception cref="InvalidDataException">They are none that LZMA2 allows.</exception>
    public void SetProperties(byte properties)
    {
        (_lc, _lp, _pb) = (properties % 9, properties / 9 % 5, properties / 45);
        if (_pb > 4 || _lc + _lp > 4)
        {
            throw Broken();
        }

        _literals = new ushort[0x300 << (_lc + _lp)];
        ResetState();
    }

    public void ResetState()
    {
        (_state, _rep0, _rep1, _rep2, _rep3) = (0, 0, 0, 0, 0);
        foreach (var probabilities in new[] { _isMatch, _isRep, _isRepG0, _isRepG1, _isRepG2, _isRep0Long, _posSlots, _posDecoders, _align, _literals })
        {
            Array.Fill(probabilities, Half);
        }

        _lengths.Reset();
        _repLengths.Reset();
    }

    /// <summary>Takes bytes as they are.</summary>
    /// <returns>The same, until the next call.</returns>
    public ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> bytes)
    {
        MakeRoom();
        bytes.CopyTo(_window.AsSpan(_pos));
        _processed += (uint)bytes.Length;
        return Take(bytes.Length);
    }

    /// <summary>Decodes one chunk.</summary>
    /// <param name="input">All of its compressed bytes.</param>
    /// <param name="size">Bytes that it gives, at most <see cref="MaxChunk"/>.</param>
    /// <returns>They, until the next call.</returns>
    /// <exception cref="InvalidDataException">It is no such chunk.</exception>
    public ReadOnlyMemory<byte> Decode(ReadOnlySpan<byte> input, int size)
    {
        if (_literals.Length == 0)
        {
            throw Broken();
        }

        MakeRoom();
        try
        {
            var bits = new LzmaBits(input);
            for (var end = _pos + size; _pos < end;)
            {
                DecodeOne(ref bits, end);
            }
        }
        catch (IndexOutOfRangeException exception)
        {
            // The input ended early: its reads are not checked one by one.
            throw new InvalidDataException("An LZMA chunk is cut off", exception);
        }

        _pos -= size;
        _filled -= size;
        return Take(size);
    }

    private static InvalidDataException Broken() => new("An LZMA chunk is broken");

    private static int DecodeLength(ref LzmaBits bits, Lengths lengths, int posState) =>
        bits.Bit(ref lengths.Choice) == 0 ? bits.Tree(lengths.Low.AsSpan(posState * 8, 8), 3)
        : bits.Bit(ref lengths.Choice2) == 0 ? 8 + bits.Tree(lengths.Mid.AsSpan(posState * 8, 8), 3)
        : 16 + bits.Tree(lengths.High, 8);

    private ReadOnlyMemory<byte> Take(int count)
    {
        var taken = _window.AsMemory(_pos, count);
        _pos += count;
        _filled += count;
        return taken;
    }

    private void MakeRoom()
    {
        if (_pos + MaxChunk > _window.Length)
        {
            var kept = Math.Min(_filled, dictionary);
            _window.AsSpan(_pos - kept, kept).CopyTo(_window);
            (_pos, _filled) = (kept, kept);
        }
    }

    private void DecodeOne(ref LzmaBits bits, int end)
    {
        var posState = (int)(_processed & ((1u << _pb) - 1));
        if (bits.Bit(ref _isMatch[(_state * PositionStates) + posState]) == 0)
        {
            DecodeLiteral(ref bits);
            return;
        }

        int length;
        if (bits.Bit(ref _isRep[_state]) == 0)
        {
            (_rep3, _rep2, _rep1) = (_rep2, _rep1, _rep0);
            length = DecodeLength(ref bits, _lengths, posState);
            _state = _state < LiteralStates ? 7 : 10;
            _rep0 = DecodeDistance(ref bits, length);
        }
        else
        {
            if (bits.Bit(ref _isRepG0[_state]) == 0)
            {
                if (bits.Bit(ref _isRep0Long[(_state * PositionStates) + posState]) == 0)
                {
                    _state = _state < LiteralStates ? 9 : 11;
                    Repeat(1, end);
                    return;
                }
            }
            else if (bits.Bit(ref _isRepG1[_state]) == 0)
            {
                (_rep1, _rep0) = (_rep0, _rep1);
            }
            else if (bits.Bit(ref _isRepG2[_state]) == 0)
            {
                (_rep2, _rep1, _rep0) = (_rep1, _rep0, _rep2);
            }
            else
            {
                (_rep3, _rep2, _rep1, _rep0) = (_rep2, _rep1, _rep0, _rep3);
            }

            length = DecodeLength(ref bits, _repLengths, posState);
            _state = _state < LiteralStates ? 8 : 11;
        }

        Repeat(length + 2, end);
    }

    private void DecodeLiteral(ref LzmaBits bits)
    {
        var previous = _filled > 0 ? _window[_pos - 1] : 0;
        var start = 0x300 * ((((int)_processed & ((1 << _lp) - 1)) << _lc) + (previous >> (8 - _lc)));
        var probabilities = _literals.AsSpan(start, 0x300);
        var symbol = 1;
        if (_state >= LiteralStates)
        {
            var match = (int)ByteBack(_rep0);
            do
            {
                var matchBit = (match >> 7) & 1;
                match <<= 1;
                var bit = bits.Bit(ref probabilities[((1 + matchBit) << 8) + symbol]);
                symbol = (symbol << 1) | bit;
                if (matchBit != bit)
                {
                    break;
                }
            }
            while (symbol < 0x100);
        }

        while (symbol < 0x100)
        {
            symbol = (symbol << 1) | bits.Bit(ref probabilities[symbol]);
        }

        Put((byte)symbol);
        _state = _state < 4 ? 0 : _state < 10 ? _state - 3 : _state - 6;
    }

    private uint DecodeDistance(ref LzmaBits bits, int length)
    {
        var slot = bits.Tree(_posSlots.AsSpan(Math.Min(length, 3) * 64, 64), 6);
        if (slot < 4)
        {
            return (uint)slot;
        }

        var direct = (slot >> 1) - 1;
        var distance = (2u | ((uint)slot & 1)) << direct;
        if (slot < 14)
        {
            return distance + bits.ReverseTree(_posDecoders.AsSpan((int)distance - slot), direct);
        }

        distance += bits.Direct(direct - 4) << 4;
        return distance + bits.ReverseTree(_align, 4);
    }

    private void Repeat(int length, int end)
    {
        if (_rep0 >= (uint)_filled || _rep0 >= (uint)dictionary || length > end - _pos)
        {
            throw Broken();
        }

        for (var i = 0; i < length; i++)
        {
            Put(ByteBack(_rep0));
        }
    }

    private byte ByteBack(uint distance) => distance < (uint)_filled ? _window[_pos - 1 - (int)distance] : throw Broken();

    private void Put(byte value)
    {
        _window[_pos++] = value;
        _filled++;
        _processed++;
    }

    private sealed class Lengths
    {
        public ushort Choice;
        public ushort Choice2;

        public ushort[] Low { get; } = new ushort[PositionStates * 8];

        public ushort[] Mid { get; } = new ushort[PositionStates * 8];

        public ushort[] High { get; } = new ushort[256];

        public void Reset()
        {
            (Choice, Choice2) = (Half, Half);
            Array.Fill(Low, Half);
            Array.Fill(Mid, Half);
            Array.Fill(High, Half);
        }
    }
}
