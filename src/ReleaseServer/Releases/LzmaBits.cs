using System.Runtime.CompilerServices;

namespace ReleaseServer.Releases;

/// <summary>The range decoder of LZMA: bits out of one chunk, by probabilities that follow them.</summary>
/// <remarks>Reads behind the end are <see cref="IndexOutOfRangeException"/>: they are not checked one by one.</remarks>
internal ref struct LzmaBits
{
    /// <summary>A probability of which nothing is known yet.</summary>
    public const ushort Half = 1 << 10;

    private const uint Top = 1 << 24;

    private readonly ReadOnlySpan<byte> _input;
    private uint _range = uint.MaxValue;
    private uint _code;
    private int _next = 1;

    /// <param name="input">All compressed bytes of the chunk.</param>
    /// <exception cref="InvalidDataException">It does not begin as one does.</exception>
    public LzmaBits(ReadOnlySpan<byte> input)
    {
        if (input.Length < 5 || input[0] != 0)
        {
            throw new InvalidDataException("An LZMA chunk is broken");
        }

        _input = input;
        while (_next < 5)
        {
            _code = (_code << 8) | _input[_next++];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Bit(ref ushort probability)
    {
        Normalize();
        var bound = (_range >> 11) * probability;
        if (_code < bound)
        {
            _range = bound;
            probability += (ushort)((2048 - probability) >> 5);
            return 0;
        }

        _range -= bound;
        _code -= bound;
        probability -= (ushort)(probability >> 5);
        return 1;
    }

    /// <summary>So many bits of no known probability, the highest first.</summary>
    public uint Direct(int count)
    {
        var result = 0u;
        for (var i = 0; i < count; i++)
        {
            Normalize();
            _range >>= 1;
            result <<= 1;
            if (_code >= _range)
            {
                _code -= _range;
                result |= 1;
            }
        }

        return result;
    }

    /// <summary>So many bits, the highest first; each has its own probability by those before it.</summary>
    public int Tree(Span<ushort> probabilities, int bits)
    {
        var symbol = 1;
        for (var i = 0; i < bits; i++)
        {
            symbol = (symbol << 1) | Bit(ref probabilities[symbol]);
        }

        return symbol - (1 << bits);
    }

    /// <summary>As <see cref="Tree"/>, the lowest first.</summary>
    public uint ReverseTree(Span<ushort> probabilities, int bits)
    {
        var (symbol, result) = (1, 0u);
        for (var i = 0; i < bits; i++)
        {
            var bit = Bit(ref probabilities[symbol]);
            symbol = (symbol << 1) | bit;
            result |= (uint)bit << i;
        }

        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Normalize()
    {
        if (_range < Top)
        {
            _range <<= 8;
            _code = (_code << 8) | _input[_next++];
        }
    }
}
